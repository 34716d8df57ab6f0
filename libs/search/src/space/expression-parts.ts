export type Value = number | string | boolean;
export type Kind = 'number' | 'string' | 'boolean';

/** Reads the value of a name. */
export type Lookup = (name: string) => Value;

/** An expression whose names and kinds have been checked, so that it can be evaluated without failing. */
export interface Expression {
  readonly kind: Kind;
  /** Where it is written out; undefined: it depends on names. */
  readonly literal: Value | undefined;
  /** Where it is a name alone. */
  readonly name: string | undefined;
  /** All names that it reads. */
  readonly names: ReadonlySet<string>;
  readonly evaluate: (lookup: Lookup) => Value;
}

/** What is wrong with an expression, in words. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}

const ALLOWED =
  'allowed are parameters, numbers, strings, true, false, + - * / %, < <= > >= == !=, && || !, parentheses, ' +
  'min, max, floor, ceil and abs';

export const notAllowed = (what: string): ExpressionError =>
  new ExpressionError(`it has ${what}; ${ALLOWED}`);

export function kindOf(value: Value): Kind {
  if (typeof value === 'number') return 'number';
  return typeof value === 'string' ? 'string' : 'boolean';
}

export const literalExpression = (value: Value): Expression => ({
  kind: kindOf(value),
  literal: value,
  name: undefined,
  names: new Set(),
  evaluate: () => value,
});

export const namedExpression = (name: string, kind: Kind): Expression => ({
  kind,
  literal: undefined,
  name,
  names: new Set([name]),
  evaluate: (lookup) => lookup(name),
});

const made = (kind: Kind, parts: readonly Expression[], evaluate: (lookup: Lookup) => Value): Expression => ({
  kind,
  literal: undefined,
  name: undefined,
  names: new Set(parts.flatMap(({ names }) => [...names])),
  evaluate,
});

type Numeric = (a: number, b: number) => Value;
const arithmetic = new Map<string, Numeric>([
  ['+', (a, b) => a + b],
  ['-', (a, b) => a - b],
  ['*', (a, b) => a * b],
  ['/', (a, b) => a / b],
  ['%', (a, b) => a % b],
]);
const comparisons = new Map<string, Numeric>([
  ['<', (a, b) => a < b],
  ['<=', (a, b) => a <= b],
  ['>', (a, b) => a > b],
  ['>=', (a, b) => a >= b],
]);
const functions = new Map<string, (...values: number[]) => number>([
  ['min', Math.min],
  ['max', Math.max],
  ['floor', Math.floor],
  ['ceil', Math.ceil],
  ['abs', Math.abs],
]);

/** @throws ExpressionError for another operator, and for a part of the wrong kind */
export function unaryExpression(operator: string, part: Expression): Expression {
  const { evaluate } = part;
  switch (operator) {
    case '-':
    case '+': {
      demand('number', operator, part);
      const sign = operator === '-' ? -1 : 1;
      return made('number', [part], (lookup) => sign * Number(evaluate(lookup)));
    }
    case '!':
      demand('boolean', operator, part);
      return made('boolean', [part], (lookup) => !evaluate(lookup));
    default:
      throw notAllowed(operator);
  }
}

/** @throws ExpressionError for another operator, and for parts of the wrong kind */
export function binaryExpression(operator: string, left: Expression, right: Expression): Expression {
  const [a, b] = [left.evaluate, right.evaluate];
  const parts = [left, right];
  const numeric = arithmetic.get(operator) ?? comparisons.get(operator);
  if (numeric !== undefined) {
    demand('number', operator, ...parts);
    const kind = arithmetic.has(operator) ? 'number' : 'boolean';
    return made(kind, parts, (lookup) => numeric(Number(a(lookup)), Number(b(lookup))));
  }
  switch (operator) {
    case '&&':
      demand('boolean', operator, ...parts);
      return made('boolean', parts, (lookup) => a(lookup) && b(lookup));
    case '||':
      demand('boolean', operator, ...parts);
      return made('boolean', parts, (lookup) => a(lookup) || b(lookup));
    case '==':
    case '!=':
      if (left.kind !== right.kind)
        throw new ExpressionError(
          `${operator} compares a ${left.kind} with a ${right.kind}: they are never equal`,
        );
      return made('boolean', parts, (lookup) => (a(lookup) === b(lookup)) === (operator === '=='));
    default:
      throw notAllowed(operator);
  }
}

/** @throws ExpressionError for another function, and for arguments of the wrong kind or number */
export function callExpression(name: string, parts: readonly Expression[]): Expression {
  const apply = functions.get(name);
  if (apply === undefined) throw notAllowed(`a call of ${name}`);
  const isList = name === 'min' || name === 'max';
  if (isList ? parts.length === 0 : parts.length !== 1)
    throw new ExpressionError(
      `${name} takes ${isList ? 'at least one number' : 'one number'}, given ${String(parts.length)}`,
    );
  demand('number', name, ...parts);
  return made('number', parts, (lookup) => apply(...parts.map(({ evaluate }) => Number(evaluate(lookup)))));
}

const PLURAL = { number: 'numbers', string: 'strings', boolean: 'true or false' };

function demand(kind: Kind, operator: string, ...parts: readonly Expression[]): void {
  for (const part of parts)
    if (part.kind !== kind)
      throw new ExpressionError(
        `${operator} takes ${PLURAL[kind]}, given a ${part.kind}${hintOf(operator, part)}`,
      );
}

function hintOf(operator: string, { kind, name, literal }: Expression): string {
  const said = name ?? (literal === undefined ? undefined : JSON.stringify(literal));
  if (said !== undefined) return ` (${said})`;
  return kind === 'boolean' && comparisons.has(operator)
    ? ': compare two at a time and join them with &&'
    : '';
}
