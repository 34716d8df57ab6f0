import { codeOf, messageOf } from '../system-error';
import { ArtifactError, type ArtifactErrorCode } from './artifact-store';

/** What Node says where nothing answers, or a connection breaks. */
const AWAY =
  /\b(E(?:CONN|HOST|NET)[A-Z]+|EPIPE|ETIMEDOUT|EAI_AGAIN|ENOTFOUND|CERT_[A-Z_]+|SELF_SIGNED[A-Z_]*|DEPTH_ZERO[A-Z_]*|UNABLE_TO[A-Z_]*)\b|\baborted$|socket hang up/;
const AWAY_NAMES = new Set(['TimeoutError', 'RequestTimeout', 'SlowDown', 'RequestTimeoutException']);
/** 501 is what a store never does. */
const PASSING = /^(429|500|50[2-9])$/;
const DENIED_NAMES = new Set([
  ...['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'ExpiredToken', 'InvalidToken'],
  ...['TokenRefreshRequired', 'AllAccessDisabled', 'AccountProblem', 'RequestTimeTooSkewed', 'Forbidden'],
]);

/** An error of the AWS client as one of ours: the place, the reason, and what to do, without anything secret. */
export function s3Error(error: unknown, location: string, endpoint: string | undefined): ArtifactError {
  if (error instanceof ArtifactError) return error;
  const { name, status } = factsOf(error);
  const where = endpoint === undefined ? location : `${location} at ${endpoint}`;
  const as = (code: ArtifactErrorCode, reason: string) =>
    new ArtifactError(code, `${where}: ${reason}`, { cause: error });
  if (name === 'NoSuchBucket')
    return as('NoSuchBucket', 'there is no such bucket; make it, or correct FATHOM_ARTIFACTS');
  if (name === 'CredentialsProviderError')
    return as(
      'NoCredentials',
      'there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE, or give the machine a role',
    );
  if (status === 403 || DENIED_NAMES.has(name))
    return as(
      'AccessDenied',
      `access is denied (${name}); check the credentials, and that they may list, read, write and delete there`,
    );
  if (name === 'PermanentRedirect' || name === 'AuthorizationHeaderMalformed' || status === 301)
    return as('Refused', `the bucket is in another region (${name}); set AWS_REGION to it`);
  if (messageOf(error) === 'Region is missing') return as('Refused', 'it is in no region; set AWS_REGION');
  const reason = awayReason(error);
  if (reason !== undefined) return as('Unreachable', `it does not answer (${reason})`);
  if (AWAY_NAMES.has(name) || (status !== undefined && PASSING.test(String(status))))
    return as('Unreachable', `it cannot answer now (${name}${status === undefined ? '' : `, ${status}`})`);
  return as('Refused', `${name}: ${messageOf(error)}`);
}

/** By their looks: the client wraps what comes from below, and adds its own. */
function factsOf(error: unknown): { readonly name: string; readonly status: number | undefined } {
  if (typeof error !== 'object' || error === null) return { name: String(error), status: undefined };
  const { name, $metadata } = error as { name?: unknown; $metadata?: { httpStatusCode?: number } };
  return { name: typeof name === 'string' ? name : 'Error', status: $metadata?.httpStatusCode };
}

function awayReason(error: unknown): string | undefined {
  const { errors } = typeof error === 'object' && error !== null && 'errors' in error ? error : {};
  // Of several addresses that were tried, the first stands for all.
  const first: unknown = Array.isArray(errors) ? errors[0] : error;
  return AWAY.exec(codeOf(first))?.[0] ?? AWAY.exec(messageOf(first))?.[0];
}
