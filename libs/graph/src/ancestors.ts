import type { Operation } from './tensor';

/** The nodes whose values a node takes. */
const producers = ({ inputs }: Operation): readonly Operation[] => inputs.map(({ operation }) => operation);

/** The same, and those that have to run before it though no value of theirs is used. */
export const predecessors = (operation: Operation): readonly Operation[] => [
  ...producers(operation),
  ...operation.control,
];

/** Nodes and all that stands before them. @param before the nodes directly before one; those of its values if absent */
export function ancestorsOf(last: readonly Operation[], before = producers): ReadonlySet<Operation> {
  const found = new Set(last);
  // A set iterates over what is added while it is iterated.
  for (const operation of found) for (const earlier of before(operation)) found.add(earlier);
  return found;
}
