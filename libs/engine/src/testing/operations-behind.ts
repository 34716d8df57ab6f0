import type { Operation, Tensor } from '@fathom/graph';

/** The nodes that are needed for the values, and no others. */
export function operationsBehind(values: readonly Tensor[]): readonly Operation[] {
  const found = new Set(values.map(({ operation }) => operation));
  for (const operation of found) for (const input of operation.inputs) found.add(input.operation);
  return [...found];
}
