import jsep from 'jsep';
import {
  binaryExpression,
  callExpression,
  ExpressionError,
  literalExpression,
  namedExpression,
  notAllowed,
  unaryExpression,
  type Expression,
  type Kind,
} from './expression-parts';

/** What an expression may name. */
export interface Vocabulary {
  /** @throws ExpressionError where there is no such name */
  readonly kindOf: (name: string) => Kind;
  /** Told of each text that a name is compared with. @throws ExpressionError where it can never be equal */
  readonly checkText: (name: string, text: string) => void;
}

type Node = jsep.CoreExpression;

/**
 * Reads an expression of numbers, strings, true, false, names, + - * / %, comparisons, && || !, parentheses, min, max,
 * floor, ceil and abs. Both sides of an operator must be of the kind it takes; nothing is converted. There is no way
 * from it to a property, an object or code.
 *
 * @throws ExpressionError
 */
export function parseExpression(text: string, vocabulary: Vocabulary): Expression {
  let node: jsep.Expression;
  try {
    node = jsep(text);
  } catch (error) {
    throw new ExpressionError(error instanceof Error ? error.message : String(error));
  }
  return compile(node, vocabulary);
}

function compile(given: jsep.Expression, vocabulary: Vocabulary): Expression {
  const node = given as Node;
  switch (node.type) {
    case 'Literal': {
      const { value } = node;
      if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
        throw notAllowed(String(value));
      return literalExpression(value);
    }
    case 'Identifier':
      return namedExpression(node.name, vocabulary.kindOf(node.name));
    case 'UnaryExpression':
      return unaryExpression(node.operator, compile(node.argument, vocabulary));
    case 'BinaryExpression': {
      const left = compile(node.left, vocabulary);
      const right = compile(node.right, vocabulary);
      if (left.kind === 'string' && right.kind === 'string') checkTexts(left, right, vocabulary);
      return binaryExpression(node.operator, left, right);
    }
    case 'CallExpression': {
      const callee = node.callee as Node;
      if (callee.type !== 'Identifier') throw notAllowed('a call of what is no name');
      const parts = node.arguments.map((argument) => compile(argument, vocabulary));
      return callExpression(callee.name, parts);
    }
    case 'Compound':
      throw new ExpressionError(
        node.body.length === 0 ? 'it is empty' : 'it is more than one expression: an operator is missing',
      );
    case 'MemberExpression':
      throw notAllowed('a property');
    case 'ConditionalExpression':
      throw notAllowed('? :');
    case 'ArrayExpression':
      throw notAllowed('a list');
    case 'SequenceExpression':
      throw notAllowed('a comma');
    case 'ThisExpression':
      throw notAllowed('this');
  }
}

function checkTexts(left: Expression, right: Expression, vocabulary: Vocabulary): void {
  for (const [{ name }, { literal }] of [
    [left, right],
    [right, left],
  ] as const)
    if (name !== undefined && typeof literal === 'string') vocabulary.checkText(name, literal);
}
