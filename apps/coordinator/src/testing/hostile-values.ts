import fc from 'fast-check';

/** What a schema of the OpenAPI document can say, as far as generated values go by it. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
}

const MAX_DEPTH = 8;
const DEEP = 2_000;

const strings = [
  '',
  ' ',
  '0',
  "' OR 1=1; DROP TABLE sweeps; --",
  '../../../../etc/passwd',
  '\u0000',
  'a\u0000b',
  '\ud800',
  '\u202e\u0301\ufeff',
  '${7*7}{{7*7}}<%= 7*7 %>',
  '<script>alert(1)</script>',
  '%s%n%00',
  'A'.repeat(10_000),
  '__proto__',
  'constructor',
  'NaN',
  '1e400',
  '2026-13-45T99:99:99Z',
];
const numbers = [0, -0, -1, 0.5, 1e-320, 1e308, 2 ** 31, 2 ** 53, -(2 ** 63), 10_000, 10_001];
const nested = (depth: number): unknown => {
  let value: unknown = 0;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { a: value };
  return value;
};

/** Values that programs trip over. */
export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...strings) },
  { weight: 3, arbitrary: fc.constantFrom(...numbers) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(null, true, [], {}, [[]], { __proto__: null }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom<unknown>(
      JSON.parse('{"__proto__":{"isAdmin":true}}'),
      JSON.parse('{"constructor":{"prototype":{"isAdmin":true}}}'),
      Array(1_000).fill(0),
      Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`key${String(i)}`, i])),
      nested(DEEP),
    ),
  },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 50 }) },
  { weight: 2, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
);

/** Values that are good somewhere else. */
export const plausibleValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.integer({ min: 0, max: 200 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.constantFrom(
    'asha',
    'tpe',
    'gp',
    'grid',
    'pbt',
    'depth',
    'residual',
    'log',
    'maximize',
    'testError',
    'folder',
  ),
  fc.constantFrom<unknown>([8, 14, 20], { min: 1, max: 10 }, { min: 10, max: 1 }, ['depth > learningRate']),
);

export const hostileString: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...strings),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.double().map(String),
);

/** Values that mostly fit a schema, for what lies behind the first check. @param of what a `$ref` names */
export function valueOf(
  schema: JsonSchema,
  of: (ref: string) => JsonSchema,
  depth = 0,
): fc.Arbitrary<unknown> {
  if (depth > MAX_DEPTH) return hostileValue;
  const inner = (one: JsonSchema) => valueOf(one, of, depth + 1);
  const good = fittingValue(schema, of, inner);
  return fc.oneof({ weight: 12, arbitrary: good }, { weight: 1, arbitrary: hostileValue });
}

function fittingValue(
  schema: JsonSchema,
  of: (ref: string) => JsonSchema,
  inner: (schema: JsonSchema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  if (schema.$ref !== undefined) return inner(of(schema.$ref));
  const choices = schema.oneOf ?? schema.anyOf ?? schema.allOf;
  if (choices !== undefined && choices.length > 0) return fc.oneof(...choices.map(inner));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  if (schema.const !== undefined) return fc.constant(schema.const);
  switch (schema.type) {
    case 'object': {
      const properties = Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, one]) => [name, inner(one)]),
      );
      const requiredKeys = (schema.required ?? []).filter((name) => name in properties);
      return fc.record(properties, { requiredKeys });
    }
    case 'array':
      return fc.array(inner(schema.items ?? {}), { maxLength: 4 });
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? 0,
        max: Math.min(schema.maximum ?? 100, (schema.minimum ?? 0) + 100),
      });
    case 'number':
      return fc.double({ min: schema.minimum ?? 0, max: schema.maximum ?? 1, noNaN: true });
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'string':
      return fc.oneof({ weight: 3, arbitrary: fc.string({ maxLength: 20 }) }, hostileString);
    case undefined:
    default:
      return hostileValue;
  }
}
