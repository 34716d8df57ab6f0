import type { ParameterName, ParameterValue, SweepSpec } from '@fathom/contracts';
import { dimensionOf } from '@fathom/search';

export interface Reachable {
  readonly value: ParameterValue;
  /** Where in the sweep the value stands. */
  readonly path: readonly (string | number)[];
}

/**
 * The values a parameter can take in the sweep: those of its domain, or the recipe's, or none where the default
 * holds. Of a continuous range, its ends.
 */
export function reachableValues(spec: SweepSpec, name: ParameterName): Reachable[] {
  const domain = spec.space[name];
  const fixed = spec.recipe[name];
  if (domain === undefined) return fixed === undefined ? [] : [{ value: fixed, path: ['recipe', name] }];
  const root = ['space', name];
  if (!Array.isArray(domain) && 'value' in domain)
    return [{ value: domain.value, path: [...root, 'value'] }];
  if (!Array.isArray(domain) && !('values' in domain)) {
    const axis = dimensionOf(name, domain);
    if (!Number.isFinite(axis.size))
      return [
        { value: domain.min, path: [...root, 'min'] },
        { value: domain.max, path: [...root, 'max'] },
      ];
    return Array.from({ length: axis.size }, (_, index) => ({ value: axis.at(index), path: root }));
  }
  const list = Array.isArray(domain) ? domain : domain.values;
  const prefix = Array.isArray(domain) ? root : [...root, 'values'];
  // The spec's schema has checked every value against its parameter.
  return list.map((value, index) => ({ value, path: [...prefix, index] }));
}
