import type { DType } from './dtype';
import type { Shape } from './shape';

/** Little-endian bytes of a constant, with its type and shape. */
export interface TensorLiteral {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly bytes: Uint8Array;
}

/** The kinds of node attribute used here (attr_value.proto). */
export type Attribute =
  | { readonly kind: 'type'; readonly value: DType }
  | { readonly kind: 'types'; readonly value: readonly DType[] }
  | { readonly kind: 'function'; readonly value: string }
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'shape'; readonly value: Shape }
  | { readonly kind: 'tensor'; readonly value: TensorLiteral };

export type Attributes = Readonly<Record<string, Attribute>>;

/** `attr.type('float32')`, `attr.ints([1, 2, 2, 1])`, … */
export const attr = {
  type: (value: DType): Attribute => ({ kind: 'type', value }),
  types: (value: readonly DType[]): Attribute => ({ kind: 'types', value }),
  /** @param value name of a function of the graph */
  function: (value: string): Attribute => ({ kind: 'function', value }),
  int: (value: number): Attribute => ({ kind: 'int', value }),
  ints: (value: readonly number[]): Attribute => ({ kind: 'ints', value }),
  float: (value: number): Attribute => ({ kind: 'float', value }),
  bool: (value: boolean): Attribute => ({ kind: 'bool', value }),
  string: (value: string): Attribute => ({ kind: 'string', value }),
  shape: (value: Shape): Attribute => ({ kind: 'shape', value }),
  tensor: (value: TensorLiteral): Attribute => ({ kind: 'tensor', value }),
};
