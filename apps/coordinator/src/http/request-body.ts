import { raw, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { Lexer, parseDocument, Parser } from 'yaml';
import { faultOfData, MAX_LEVELS } from './plain-data';
import { ProblemError } from './problem-error';

export const MAX_BODY_BYTES = 1_048_576;
// Every use of a YAML anchor is an alias; expanding more than this many is not a sweep but an attack.
const MAX_ALIASES = 100;
/** Open at once; a collection may take two. */
const MAX_YAML_NODES = 2 * MAX_LEVELS;

const jsonTypes = new Set(['application/json']);
const yamlTypes = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']);
export const bodyTypes: readonly string[] = ['application/json', 'application/yaml'];

/**
 * Reads a body as what its Content-Type says it is.
 *
 * @throws ProblemError unsupported-media-type, malformed-body, or invalid-request for data that nobody could take
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
  const body = parse(text, isYaml);
  const fault = faultOfData(body);
  if (fault) throw new ProblemError('invalid-request', `body: ${fault.path}: ${fault.message}`, [fault]);
  return body;
}

function parse(text: string, isYaml: boolean): unknown {
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
  demandFlat(text);
  const document = parseDocument(text, { version: '1.2', schema: 'core', merge: false, logLevel: 'error' });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault) throw fault;
  return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
}

/**
 * What makes values of YAML goes down by recursion. Where the stack ends within a regular expression, V8 ends the process.
 *
 * @throws Error where more is nested than any request needs
 */
function demandFlat(text: string): void {
  const parser = new Parser();
  for (const lexeme of new Lexer().lex(text)) {
    Array.from(parser.next(lexeme));
    if (parser.stack.length > MAX_YAML_NODES)
      throw new Error(`too much is nested: more than ${String(MAX_YAML_NODES)} nodes`);
  }
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
