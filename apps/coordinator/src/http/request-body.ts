import { raw, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { parseDocument } from 'yaml';
import { ProblemError } from './problem-error';

export const MAX_BODY_BYTES = 1_048_576;
// Every use of a YAML anchor is an alias; expanding more than this many is not a sweep but an attack.
const MAX_ALIASES = 100;

const jsonTypes = new Set(['application/json']);
const yamlTypes = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']);
export const bodyTypes: readonly string[] = ['application/json', 'application/yaml'];

/**
 * Reads a body as what its Content-Type says it is.
 *
 * @throws ProblemError unsupported-media-type or malformed-body
 */
export function parseBody(contentType: string | undefined, bytes: Uint8Array): unknown {
  const type = (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  const isYaml = yamlTypes.has(type);
  if (!isYaml && !jsonTypes.has(type))
    throw new ProblemError(
      'unsupported-media-type',
      `Content-Type ${type === '' ? 'is missing' : JSON.stringify(type)}; send application/json or application/yaml`,
    );
  const text = decode(bytes);
  if (text.trim() === '') throw new ProblemError('malformed-body', 'the body is empty');
  try {
    return isYaml ? parseYaml(text) : (JSON.parse(text) as unknown);
  } catch (error) {
    const message = error instanceof Error ? (error.message.split('\n')[0] ?? '') : 'cannot be parsed';
    throw new ProblemError(
      'malformed-body',
      `not valid ${isYaml ? 'YAML' : 'JSON'}: ${message.replace(/:$/, '')}`,
    );
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError('malformed-body', 'the body is not valid UTF-8');
  }
}

/** YAML 1.2 core schema: `no` is a string, and no tag makes anything but plain data. */
function parseYaml(text: string): unknown {
  const document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, logLevel: 'error' });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw fault;
  return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
}

/** Puts the parsed body of a request on `request.body`; a request without one passes as it is. */
export function bodyReader(): RequestHandler {
  const read = raw({ type: () => true, limit: MAX_BODY_BYTES });
  return (request: Request, response: Response, next: NextFunction) => {
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Express's request is an IncomingMessage, made by prototype
    read(request, response, (error?: unknown) => {
      if (error !== undefined) {
        next(readFault(error));
        return;
      }
      const bytes: unknown = request.body;
      try {
        request.body =
          bytes instanceof Uint8Array && bytes.length > 0
            ? parseBody(request.headers['content-type'], bytes)
            : undefined;
        next();
      } catch (fault) {
        next(fault);
      }
    });
  };
}

/** The reader's own errors carry a `type`, such as entity.too.large. */
function readFault(error: unknown): ProblemError {
  const type = error instanceof Error && 'type' in error ? String(error.type) : '';
  if (type === 'entity.too.large')
    return new ProblemError('body-too-large', `a body may have at most ${String(MAX_BODY_BYTES)} bytes`);
  if (type === 'encoding.unsupported')
    return new ProblemError('unsupported-media-type', 'the Content-Encoding is not supported');
  return new ProblemError('malformed-body', 'the body could not be read');
}
