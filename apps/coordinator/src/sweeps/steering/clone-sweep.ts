import type { CloneRequest, SweepSpec } from '@fathom/contracts';
import { demandSpec } from './demand-spec';

const MAX_NAME = 100;

/**
 * The specification of a sweep like another one.
 *
 * @throws ProblemError invalid-request, with paths inside `changes`
 */
export function clonedSpec(id: string, source: SweepSpec, { changes, warmStart }: CloneRequest): SweepSpec {
  const { name } = source;
  const suffix = ' copy';
  const patched = mergePatch(source, {
    name: `${name.slice(0, MAX_NAME - suffix.length)}${suffix}`,
    ...changes,
  });
  const spec = demandSpec(patched, '$.changes');
  if (!warmStart || spec.warmStart.sweeps.includes(id)) return spec;
  return { ...spec, warmStart: { ...spec.warmStart, sweeps: [...spec.warmStart.sweeps, id] } };
}

/** RFC 7396, section 2. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [name, value] of Object.entries(patch))
    if (value === null) merged.delete(name);
    else merged.set(name, mergePatch(merged.get(name), value));
  return Object.fromEntries(merged);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
