import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { hostileString, hostileValue, plausibleValue, valueOf, type JsonSchema } from './hostile-values';
import type { RawRequest } from './raw-http';

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, JsonSchema>> };
}

interface Operation {
  readonly parameters?: readonly {
    readonly in: string;
    readonly name: string;
    readonly schema?: JsonSchema;
  }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: JsonSchema }>> };
}

/** What generated requests may name: things that are there, and a body that is good. */
export interface Known {
  readonly sweeps: readonly string[];
  readonly trials: readonly string[];
  readonly sweep: unknown;
}

const sometimes = <T>(arbitrary: fc.Arbitrary<T>, freq: number) =>
  fc.option(arbitrary, { freq, nil: undefined });

/** Requests to every operation of the document: some nearly good, some with nothing right. */
export function hostileRequests(document: OpenApi, known: Known): fc.Arbitrary<RawRequest> {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) =>
      requestsTo(document, known, path, method, operation),
    ),
  );
  return fc.oneof({ weight: 20, arbitrary: fc.oneof(...operations) }, { weight: 1, arbitrary: anywhere });
}

function requestsTo(
  { components }: OpenApi,
  known: Known,
  path: string,
  method: string,
  { parameters = [], requestBody }: Operation,
): fc.Arbitrary<RawRequest> {
  const refersTo = (ref: string) => components.schemas[ref.split('/').at(-1) ?? ''] ?? {};
  const id = fc.oneof(
    { weight: 14, arbitrary: fc.constantFrom(...known[path.startsWith('/v1/trials') ? 'trials' : 'sweeps']) },
    { weight: 1, arbitrary: fc.constant(randomUUID()) },
    { weight: 1, arbitrary: hostileString.map(encodeLeniently) },
  );
  const named = (place: string) => parameters.filter((parameter) => parameter.in === place);
  const query = fc.tuple(
    ...named('query').map(({ name, schema = {} }) =>
      sometimes(fc.tuple(nameLike(name), textOf(valueOf(schema, refersTo))), 2),
    ),
  );
  const headers = fc.tuple(
    ...named('header').map(({ name }) => sometimes(fc.tuple(fc.constant(name), headerText), 2)),
  );
  const schema = Object.values(requestBody?.content ?? {})[0]?.schema ?? {};
  const body = fc.oneof(
    { weight: 3, arbitrary: valueOf(schema, refersTo).map(asJson) },
    { weight: 4, arbitrary: mutated(known.sweep).map(asJson) },
    { weight: 2, arbitrary: malformedBody },
    { weight: 1, arbitrary: fc.constant('') },
  );
  return fc
    .record({
      id,
      query,
      headers,
      body: requestBody ? body : fc.oneof({ weight: 9, arbitrary: fc.constant('') }, malformedBody),
      type: contentType,
      verb: fc.oneof({ weight: 15, arbitrary: fc.constant(method.toUpperCase()) }, anyMethod),
      lengthError: fc.oneof({ weight: 40, arbitrary: fc.constant(0) }, fc.constantFrom(1, 1_000_000, -1)),
    })
    .map((parts) => {
      const search = parts.query.filter((pair) => pair !== undefined).map((pair) => pair.join('='));
      return {
        method: parts.verb,
        target: path.replace('{id}', parts.id) + (search.length > 0 ? `?${search.join('&')}` : ''),
        headers: [...parts.headers.filter((header) => header !== undefined), ...parts.type],
        body: parts.body,
        lengthError: parts.lengthError,
      };
    });
}

/** A good value with one to three of its places changed. */
function mutated(good: unknown): fc.Arbitrary<unknown> {
  const change = fc.tuple(
    fc.array(fc.nat(20), { minLength: 1, maxLength: 4 }),
    fc.oneof(hostileValue, plausibleValue),
  );
  return fc
    .array(change, { minLength: 0, maxLength: 3 })
    .map((changes) => changes.reduce((value, [steps, to]) => changedAt(value, steps, to), good));
}

function changedAt(value: unknown, [step, ...rest]: readonly number[], to: unknown): unknown {
  if (step === undefined || typeof value !== 'object' || value === null) return to;
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length === 0) return to;
  const at = step % entries.length;
  if (step === 20) entries.splice(at, 1);
  else entries[at] = [entries[at]?.[0] ?? '', changedAt(entries[at]?.[1], rest, to)];
  return Array.isArray(value) ? entries.map(([, one]) => one) : Object.fromEntries(entries);
}

const asJson = (value: unknown): string => (value === undefined ? '' : JSON.stringify(value));
const textOf = (value: fc.Arbitrary<unknown>): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 3,
      arbitrary: value.map((one) => encodeLeniently(typeof one === 'string' ? one : asJson(one))),
    },
    { weight: 1, arbitrary: hostileString.map(encodeLeniently) },
    { weight: 1, arbitrary: fc.constantFrom('%', '%zz', '%00', '%ff%fe', '%2e%2e%2f') },
  );
const nameLike = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 6, arbitrary: fc.constant(name) },
    fc.constantFrom(`${name}[]`, `${name}[a]`, '__proto__'),
  );
/** Without what would end the line. */
const headerText = hostileString.map((text) => text.replaceAll(/[\r\n]/g, ' ').slice(0, 4_000));

const contentType: fc.Arbitrary<[string, string][]> = fc.oneof(
  { weight: 16, arbitrary: fc.constant<[string, string][]>([['Content-Type', 'application/json']]) },
  { weight: 2, arbitrary: fc.constant<[string, string][]>([['Content-Type', 'application/yaml']]) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<[string, string][]>(
      [],
      [['Content-Type', 'text/html; charset=utf-7']],
      [['Content-Type', 'application/json; charset=nothing']],
      [
        ['Content-Type', 'application/json'],
        ['Content-Encoding', 'gzip'],
      ],
      [
        ['Content-Type', 'application/json'],
        ['Content-Encoding', 'br, br, br'],
      ],
      [
        ['Content-Type', 'application/json'],
        ['Transfer-Encoding', 'chunked'],
      ],
      [['Accept', '*/*;q=nothing']],
      [['X-Long', 'A'.repeat(20_000)]],
    ),
  },
);

const malformedBody: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '{',
    '[',
    '"',
    '{"a":1,}',
    '\ufeff{}',
    'NaN',
    '[' + '['.repeat(50_000),
    '{"a":'.repeat(20_000),
    `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    `{"space":{"depth":${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}}`,
    `${'- '.repeat(5_000)}1`,
    // YAML: aliases that grow without end, tags, documents, merge keys.
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map(
        (name, i) =>
          `${name}: &${name} [${Array(9)
            .fill(`*${'abcdefghi'[i] ?? 'a'}`)
            .join(',')}]`,
      )
      .join('\n')}`,
    'a: &a [*a]',
    '!!js/function "function () {}"',
    '--- 1\n--- 2',
    '<<: *none',
    '? {a: b}\n: c',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.constant(`{"name":"${'A'.repeat(2_000_000)}"}`),
);

const anyMethod = fc.constantFrom(
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'PROPFIND',
  'get',
  'X',
);

/** Places that are no operation. */
const anywhere: fc.Arbitrary<RawRequest> = fc.record({
  method: fc.oneof(fc.constant('GET'), fc.constant('POST'), anyMethod),
  target: fc.oneof(
    hostileString.map((text) => `/${encodeLeniently(text)}`),
    fc.constantFrom(
      '*',
      '/',
      '//',
      'http://other.example/v1/sweeps',
      '/v1/../../package.json',
      '/docs/%2e%2e/%2e%2e/',
    ),
    fc.constantFrom(
      '/queues/api/queues?activeQueue=%00',
      '/v1/sweeps/..%2f..%2fmetrics',
      '/docs/swagger-ui-init.js',
    ),
  ),
  headers: fc.constant([]),
  body: fc.constant(''),
  lengthError: fc.constant(0),
});

/** Lone surrogates have no encoding. */
const encodeLeniently = (text: string): string =>
  encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
