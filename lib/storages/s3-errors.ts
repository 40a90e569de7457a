import { memberOf } from '../validation/member.js';
import { statusOf } from './s3-object.js';

const CREDENTIALS =
  'the credentials of the client are wrong, have expired, or are missing: look at "credentials"';
const REGION = 'the bucket is in another region or at another endpoint than the client is set to';
const ACCESS =
  'access denied. Allow s3:GetObject and s3:PutObject for the object, and s3:ListBucket for its bucket: ' +
  'without the latter, S3 says so of an object that only does not exist yet';

/** By the code that S3 sends, or the name that the SDK gives an error of its own. */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ['NoSuchBucket', 'there is no such bucket. Create it, or correct "bucket" and the endpoint of the client'],
  ['AccessDenied', ACCESS],
  ['InvalidAccessKeyId', CREDENTIALS],
  ['SignatureDoesNotMatch', CREDENTIALS],
  ['ExpiredToken', CREDENTIALS],
  ['InvalidToken', CREDENTIALS],
  ['CredentialsProviderError', CREDENTIALS],
  ['RequestTimeTooSkewed', 'the clock of this machine is wrong: S3 allows 15 minutes. Set it (NTP)'],
  ['PermanentRedirect', REGION],
  ['AuthorizationHeaderMalformed', REGION],
  ['AbortError', 'no answer, and the request was given up'],
]);

/** The SDK's error with what to do about it; its own messages are often no more than `UnknownError`. */
export function explained(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const status = statusOf(error);
  const advice = ADVICE.get(error.name) ?? (status === 403 ? ACCESS : undefined);
  if (advice === undefined && status === undefined) return error;
  const facts = [error.name, status === undefined ? null : `HTTP ${status}`, bucketRegion(error)];
  const message = `${advice ?? error.message} (${facts.filter((fact) => fact !== null).join(', ')})`;
  return new Error(message, { cause: error });
}

/** Where the bucket really is, if S3 has said so. */
function bucketRegion(error: Error): string | null {
  const region = memberOf(error, 'Region') ?? memberOf(error, 'Endpoint');
  return typeof region === 'string' ? `the bucket is at ${region}` : null;
}
