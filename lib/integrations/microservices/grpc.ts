import { isObservable, lastValueFrom, type Observable, of, throwError } from 'rxjs';
import type { MaintenanceProblem } from '../../response/problem.js';

/** `UNAVAILABLE` of https://grpc.io/docs/guides/status-codes/: the client may try again later. */
const UNAVAILABLE = 14;

/** The used members of `Metadata` of @grpc/grpc-js, which is not imported: an application may not have it. */
interface GrpcMetadata {
  set(key: string, value: string): void;
}

/** A call with its metadata, as @grpc/grpc-js passes it to the handler. */
interface GrpcCall {
  readonly metadata: GrpcMetadata;
  emit(event: 'error', error: Error): boolean;
  once(event: string, listener: () => void): unknown;
}

type GrpcCallback = (error: Error | null, ...rest: unknown[]) => void;

/** An error that @grpc/grpc-js turns into the status of a call. */
export class GrpcError extends Error {
  readonly code = UNAVAILABLE;
  readonly details: string;

  constructor(
    { message, retryAfter }: MaintenanceProblem,
    readonly metadata: GrpcMetadata,
  ) {
    super(message);
    this.details = message;
    metadata.set('code', 'MAINTENANCE');
    if (retryAfter !== null) metadata.set('retry-after', `${retryAfter}`);
  }
}

/** The refusal of a gRPC call; null if the arguments of the handler are of another transport. */
export function grpcError(problem: MaintenanceProblem, args: readonly unknown[]): GrpcError | null {
  const call = callOf(args);
  if (call === null) return null;
  const Metadata = call.metadata.constructor as new () => GrpcMetadata;
  return new GrpcError(problem, new Metadata());
}

/** Refuses a call: on the raw call of `@GrpcStreamCall`, otherwise by the returned Observable. */
export function refuseGrpcCall(refusal: GrpcError, args: readonly unknown[]): Observable<unknown> {
  if (!isRawCall(args)) return throwError(() => refusal);
  // Nest awaits the result of such a handler without catching its errors, which would end the process.
  const [call, callback] = args as readonly [GrpcCall, GrpcCallback | undefined];
  if (typeof callback === 'function') callback(refusal);
  else call.emit('error', refusal);
  return of(undefined);
}

/** Runs a handler. With a raw call, it counts until the call has ended, and a refusal by the guard is answered on the call. */
export function runGrpcHandler(
  handler: (args: unknown[]) => unknown,
  args: unknown[],
  run: (work: () => unknown) => unknown,
): unknown {
  if (!isRawCall(args)) return run(() => handler(args));
  return runRawCall(handler, args, run);
}

async function runRawCall(
  handler: (args: unknown[]) => unknown,
  args: unknown[],
  run: (work: () => unknown) => unknown,
): Promise<unknown> {
  const [call, callback] = args as [GrpcCall, GrpcCallback | undefined];
  let end: (() => void) | undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  for (const event of ['finish', 'cancelled', 'close', 'error']) call.once(event, () => end?.());
  const ending =
    typeof callback === 'function'
      ? (...answer: Parameters<GrpcCallback>): void => {
          callback(...answer);
          end?.();
        }
      : callback;
  let result: unknown;
  // Counted until the call has ended, which may be after the handler has returned.
  const counted = run(() => {
    result = handler(typeof ending === 'function' ? [call, ending] : args);
    return ended;
  });
  void Promise.resolve(counted);
  try {
    const value = await result;
    return of(isObservable(value) ? await lastValueFrom(value, { defaultValue: undefined }) : value);
  } catch (error) {
    end?.();
    if (!(error instanceof GrpcError)) throw error;
    return refuseGrpcCall(error, args);
  }
}

/** `(call)` or `(call, callback)`; other handlers get `(request, metadata, call)`. */
function isRawCall(args: readonly unknown[]): boolean {
  return isCall(args[0]) && !isCall(args[2]);
}

function callOf([first, , third]: readonly unknown[]): GrpcCall | null {
  if (isCall(third)) return third;
  return isCall(first) ? first : null;
}

function isCall(value: unknown): value is GrpcCall {
  if (typeof value !== 'object' || value === null) return false;
  const { metadata, emit } = value as Partial<GrpcCall>;
  return typeof emit === 'function' && typeof metadata?.set === 'function';
}
