import { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { InFlightWork } from '../../drain/in-flight-work.js';
import { type AdapterBridgeHost, withMethod } from '../../http/integration.js';
import type { MaintenanceStatus } from '../../interfaces/maintenance-status.js';
import type { RequestFacts } from '../../interfaces/request-facts.js';
import {
  type GraphqlField,
  type GraphqlInfo,
  type GraphqlResolver,
  type GraphqlSchema,
  type GraphqlType,
  rootTypes,
} from '../../internals/graphql.js';
import { openResponseOf } from '../../internals/node-http.js';
import { Admission, type Blocking, type Policy } from '../../policy/policy.js';
import { type RouteRule, UNDECORATED } from '../../policy/route-rules.js';
import type { MaintenanceProblem } from '../../response/problem.js';
import { markBypassed } from '../../response/raw-response.js';
import { MaintenanceException, type Responder } from '../../response/responder.js';
import { memberOf } from '../../validation/values.js';

/** The types that queries and subscriptions reach. */
const readable = new WeakMap<GraphqlSchema, ReadonlySet<GraphqlType>>();

/**
 * The facts of the HTTP request that brought an operation. `method` is that of what the field does: GET or POST.
 *
 * @returns null if there is none: nothing is exempt.
 */
export function operationFacts(
  host: AdapterBridgeHost,
  context: unknown,
  info: GraphqlInfo,
): RequestFacts | null {
  const request = requestOf(context);
  if (request === null) return null;
  const facts = isUpgrade(request) ? host.bridge.upgradeFacts(request) : host.bridge.facts(request);
  return withMethod(facts, mayWrite(info) ? 'POST' : 'GET');
}

/**
 * The HTTP request that brought an operation: the adapter's, or Node's if it opened a WebSocket. Null if the context of the
 * application does not have it. Only a request that Node has created counts: values of the client in a context, such as
 * connection parameters, must not be taken for one.
 */
function requestOf(context: unknown): object | null {
  const request = memberOf(context, 'req');
  const candidates = [
    request,
    // graphql-ws passes its own context as the request.
    memberOf(memberOf(request, 'extra'), 'request'),
    memberOf(memberOf(context, 'extra'), 'request'),
    // Mercurius: for subscriptions, and for other operations.
    memberOf(context, 'request'),
    memberOf(memberOf(context, 'reply'), 'request'),
  ];
  return candidates.find(isRequest) ?? null;
}

/** Marks the response of an operation of which an exemption lets a field pass. */
export function markOperation(context: unknown): void {
  const request = requestOf(context);
  const response = openResponseOf(request);
  // Of pipelined requests, the connection knows the response to the first one.
  if (response && [request, memberOf(request, 'raw')].includes(response.req)) markBypassed(response);
}

/**
 * Whether resolving the field may change something. The fields of the mutation type do; those beneath must not, as the
 * GraphQL specification says (section 6.2.2), but some schemas group their mutations beneath a field: types that only
 * mutations reach count as theirs.
 */
export function mayWrite({ parentType, schema, operation }: GraphqlInfo): boolean {
  if (parentType === schema.getMutationType()) return true;
  return operation.operation === 'mutation' && !readableTypes(schema).has(parentType);
}

/** Whether it is the request of an upgrade, which the adapter has not seen. */
function isUpgrade(request: object): request is IncomingMessage {
  return request instanceof IncomingMessage && !('originalUrl' in request);
}

function isRequest(value: unknown): value is object {
  return value instanceof Readable || memberOf(value, 'raw') instanceof Readable;
}

function readableTypes(schema: GraphqlSchema): ReadonlySet<GraphqlType> {
  let types = readable.get(schema);
  if (!types) readable.set(schema, (types = reachable(schema)));
  return types;
}

function reachable(schema: GraphqlSchema): ReadonlySet<GraphqlType> {
  const found = new Set<GraphqlType>();
  const visit = (type: GraphqlType | null | undefined): void => {
    if (type?.ofType) return visit(type.ofType);
    if (!type || found.has(type)) return;
    found.add(type);
    for (const field of Object.values(type.getFields?.() ?? {})) visit(field.type);
    if ('resolveType' in type) for (const possible of schema.getPossibleTypes(type)) visit(possible);
  };
  visit(schema.getQueryType());
  visit(schema.getSubscriptionType());
  return found;
}

/** The resolvers of Nest for a field. */
export interface FieldHandlers {
  /** Empty if there is no such resolver. */
  readonly rules: readonly RouteRule[];
  /** Whether they resolve the field, so that guards and interceptors run before. */
  readonly isNests: boolean;
}

type HandlersOf = (type: string, field: string) => FieldHandlers;

const NO_HANDLERS: readonly RouteRule[] = [UNDECORATED];

/**
 * Replaces the resolvers of a schema by functions that decide first. Executing an operation means calling these functions,
 * however it was sent and written. For resolvers that are not Nest's, no guard runs.
 */
export class GraphqlFields {
  readonly #guarded = new WeakSet<GraphqlSchema>();
  /** Fields that may be resolved, with the rules that were checked. */
  readonly #passed = new WeakMap<GraphqlInfo, readonly RouteRule[]>();
  readonly #safe = new SafeMutations();

  constructor(
    private readonly policy: Policy,
    private readonly responder: Responder,
    private readonly host: AdapterBridgeHost,
    private readonly work: InFlightWork,
  ) {}

  /**
   * @param handlersOf returns the resolvers of Nest for a field of a type
   * @param fallback resolves the fields without a resolver
   */
  guard(schema: GraphqlSchema, handlersOf: HandlersOf, fallback: GraphqlResolver): void {
    if (this.#guarded.has(schema)) return;
    this.#guarded.add(schema);
    const roots = rootTypes(schema);
    const mutation = schema.getMutationType();
    const mutations = Object.keys(mutation?.getFields?.() ?? {});
    const hasSafe = mutations.some((name) => declaresSafe(handlersOf(mutation?.name ?? '', name)));
    for (const type of Object.values(schema.getTypeMap())) {
      const { name = '' } = type;
      // The types of introspection are shared by all schemas.
      if (name.startsWith('__')) continue;
      for (const [fieldName, field] of Object.entries(type.getFields?.() ?? {})) {
        const own = handlersOf(name, fieldName);
        if (!roots.includes(type)) {
          const rules = innerRules(type, fieldName, handlersOf);
          this.#guardInner(field, rules, fallback);
          if (hasSafe && rules.length > 0) this.#guardBeneathSafe(field, rules, fallback);
        } else if (type === schema.getSubscriptionType()) this.#guardSubscription(field, own, fallback);
        else this.#guardRoot(field, own, fallback);
      }
    }
  }

  isGuarded(schema: GraphqlSchema): boolean {
    return this.#guarded.has(schema);
  }

  /** Whether a field has passed with this rule, so that exemptions are not checked twice. */
  hasPassed(info: GraphqlInfo, rule: RouteRule): boolean {
    return this.#passed.get(info)?.includes(rule) ?? false;
  }

  #guardRoot(field: GraphqlField, handlers: FieldHandlers, fallback: GraphqlResolver): void {
    const tracked = this.#tracked(field.resolve ?? fallback);
    const asking = this.#isLeftToNest(handlers) ? tracked : this.#asking(rulesOf(handlers), tracked);
    field.resolve = declaresSafe(handlers) ? this.#noting(handlers.rules, asking) : asking;
  }

  #noting(rules: readonly RouteRule[], resolve: GraphqlResolver): GraphqlResolver {
    return (source, args, context, info) => {
      this.#safe.note(rules, context, info);
      return resolve(source, args, context, info);
    };
  }

  /** Counts the resolver as work in flight: it keeps running if the client disconnects. */
  #tracked(resolve: GraphqlResolver): GraphqlResolver {
    return (source, args, context, info) => {
      const request = requestOf(context);
      const known = request === null ? undefined : [request, memberOf(request, 'raw')];
      return this.work.run(() => resolve(source, args, context, info), openResponseOf(request), known);
    };
  }

  /** Decides when it is opened and for each event: a subscription may have been opened before maintenance. */
  #guardSubscription(field: GraphqlField, handlers: FieldHandlers, fallback: GraphqlResolver): void {
    field.resolve = this.#asking(rulesOf(handlers), field.resolve ?? fallback);
    if (this.#isLeftToNest(handlers)) return;
    field.subscribe = this.#asking(rulesOf(handlers), field.subscribe ?? fallback);
  }

  /** If only the guards of the handler know the user, the guard and the interceptor decide. */
  #isLeftToNest({ rules, isNests }: FieldHandlers): boolean {
    return isNests && rules.length > 0 && this.policy.decidesAfterGuards;
  }

  /** Undecorated inner fields are decided on with their root field. */
  #guardInner(field: GraphqlField, rules: readonly RouteRule[], fallback: GraphqlResolver): void {
    if (rules.every((rule) => rule.kind === 'off' || rule === UNDECORATED)) return;
    field.resolve = this.#asking(rules, field.resolve ?? fallback);
  }

  /** A resolver of Nest that may write is not safe because the mutation is that it is beneath. */
  #guardBeneathSafe(field: GraphqlField, rules: readonly RouteRule[], fallback: GraphqlResolver): void {
    if (rules.some((rule) => rule !== UNDECORATED)) return;
    const resolve = field.resolve ?? fallback;
    field.resolve = (source, args, context, info) => {
      const rule = mayWrite(info) ? this.#safe.ruleAbove(context, info) : undefined;
      const active = rule === undefined ? null : this.policy.activeStatus(rule);
      if (active?.mode !== 'read-only') return resolve(source, args, context, info);
      return this.#admits(active, context, info).then((admitted) => {
        if (!admitted) throw this.#refusal(active, context);
        markOperation(context);
        return resolve(source, args, context, info);
      });
    };
  }

  /** The guards of the root field have run. */
  async #admits(active: MaintenanceStatus, context: unknown, info: GraphqlInfo): Promise<boolean> {
    const facts = operationFacts(this.host, context, info);
    return facts !== null && this.policy.admits(new Admission(facts, active));
  }

  #asking(rules: readonly RouteRule[], resolve: GraphqlResolver): GraphqlResolver {
    const asking: GraphqlResolver = (source, args, context, info) => {
      // An operation over an open socket has not waited at the gate.
      const current = this.policy.state.whenCurrent();
      if (current !== null) return current.then(() => asking(source, args, context, info));
      if (rules.every((rule) => this.policy.activeStatus(rule) === null))
        return resolve(source, args, context, info);
      return this.#blocking(rules, context, info).then((active) => {
        if (active !== null) throw this.#refusal(active, context);
        return resolve(source, args, context, info);
      });
    };
    return asking;
  }

  #refusal(active: MaintenanceStatus, context: unknown): GraphqlMaintenanceException {
    this.policy.counts.block('graphql', active, requestOf(context));
    return new GraphqlMaintenanceException(this.responder.exception(null, active));
  }

  /** The status that blocks a field; null: it may be resolved. */
  async #blocking(rules: readonly RouteRule[], context: unknown, info: GraphqlInfo): Promise<Blocking> {
    for (const rule of rules) {
      const active = this.policy.activeStatus(rule);
      if (active === null) continue;
      const blocking = rule.kind === 'on' ? active : await this.#decide(rule, active, context, info);
      if (blocking !== null) return blocking;
    }
    this.#passed.set(info, rules);
    return null;
  }

  async #decide(
    rule: RouteRule,
    active: MaintenanceStatus,
    context: unknown,
    info: GraphqlInfo,
  ): Promise<Blocking> {
    if (active.mode === 'read-only' && !mayWrite(info) && rule.safe !== false) return null;
    const facts = operationFacts(this.host, context, info);
    if (facts === null) return active;
    const admission = new Admission(facts, active);
    if ((await this.policy.decide(admission, 'guard')) !== 'pass') return active;
    // The request that brought the operation may have been counted at the gate.
    admission.isCounted = this.policy.admissions.get(facts.request as object)?.isCounted ?? false;
    this.policy.counts.pass(admission);
    markOperation(context);
    return null;
  }
}

function rulesOf({ rules }: FieldHandlers): readonly RouteRule[] {
  return rules.length > 0 ? rules : NO_HANDLERS;
}

function declaresSafe({ rules }: FieldHandlers): boolean {
  return rules.some((rule) => rule.safe === true);
}

/** A type without resolvers for the field has those of its interfaces. */
function innerRules(type: GraphqlType, field: string, handlersOf: HandlersOf): readonly RouteRule[] {
  const { rules } = handlersOf(type.name ?? '', field);
  if (rules.length > 0) return rules;
  return (type.getInterfaces?.() ?? []).flatMap((parent) => handlersOf(parent.name ?? '', field).rules);
}

/** The problem details without the members that a GraphQL error has elsewhere. */
export type MaintenanceExtensions = Omit<
  MaintenanceProblem,
  'type' | 'title' | 'status' | 'detail' | 'message' | 'error'
>;

/** The exception of a blocked field. GraphQL servers send the `message` and `extensions` of a thrown error. */
export class GraphqlMaintenanceException extends MaintenanceException {
  readonly extensions: MaintenanceExtensions;

  constructor({ maintenance, answer }: MaintenanceException) {
    super(maintenance, answer);
    const {
      type: _type,
      title: _title,
      status: _status,
      detail,
      message: _message,
      error: _error,
      ...rest
    } = answer.problem;
    this.extensions = rest;
    this.name = MaintenanceException.name;
    this.message = detail;
    // Apollo sends the stack to clients in development; it would only show how the resolver was called.
    this.stack = `${this.name}: ${this.message}`;
    // Nest's Apollo driver turns an error with an HTTP status into an INTERNAL_SERVER_ERROR.
    Object.defineProperty(this, 'status', { value: undefined });
  }

  override getStatus(): number {
    return this.answer.statusCode;
  }
}

/**
 * The mutations of an operation that `@MaintenanceSafe()` lets pass. What they return may have resolvers that are not declared
 * safe: some schemas group their mutations beneath a field.
 */
class SafeMutations {
  /** By the context of the operation and the name of the mutation in the response: the rule without the declaration. */
  readonly #known = new WeakMap<object, Map<unknown, RouteRule>>();

  /** Called for each root field of a mutation that is resolved. */
  note(rules: readonly RouteRule[], context: unknown, { path }: GraphqlInfo): void {
    const safe = rules.find((rule) => rule.safe === true);
    if (safe?.kind !== 'scope' || !isObject(context)) return;
    const ofOperation = this.#known.get(context) ?? new Map<unknown, RouteRule>();
    ofOperation.set(path.key, { ...safe, safe: undefined });
    this.#known.set(context, ofOperation);
  }

  /** The rule of the safe mutation that a field is beneath, as if it were not declared safe; undefined: beneath none. */
  ruleAbove(context: unknown, { path }: GraphqlInfo): RouteRule | undefined {
    let root = path;
    while (root.prev) root = root.prev;
    return isObject(context) ? this.#known.get(context)?.get(root.key) : undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
