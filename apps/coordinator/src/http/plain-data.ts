import { jsonPath, type Violation } from '@fathom/contracts';

/** Far more than any request has; whatever goes through a value by recursion can do so. */
export const MAX_LEVELS = 64;
/** With the u flag, a surrogate matches only where the other half is missing. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

interface Place {
  readonly value: unknown;
  readonly key: PropertyKey;
  readonly level: number;
  readonly within: Place | undefined;
}

/**
 * The first thing, anywhere in a parsed body, that no schema looks for and the rest of the program cannot take: text or a
 * key that no column of PostgreSQL can hold, too many levels, and, of YAML, a value that contains itself.
 */
export function faultOfData(body: unknown): Violation | undefined {
  const seen = new Set<object>();
  const open: Place[] = [{ value: body, key: '', level: 0, within: undefined }];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const { value, key, level } = place;
    if (isUnstorable(value) || isUnstorable(key))
      return fault(
        place,
        'unstorable_text',
        'text with U+0000 or with half of a surrogate pair cannot be stored',
      );
    if (typeof value !== 'object' || value === null) continue;
    if (level > MAX_LEVELS)
      return fault(place, 'too_deep', `at most ${String(MAX_LEVELS)} levels may be nested`);
    if (seen.has(value)) {
      if (contains(place.within, value)) return fault(place, 'recursive', 'a value may not contain itself');
      continue;
    }
    seen.add(value);
    const keys = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
    for (const one of keys.reverse())
      open.push({
        value: (value as Record<PropertyKey, unknown>)[one],
        key: one,
        level: level + 1,
        within: place,
      });
  }
  return undefined;
}

const isUnstorable = (value: unknown): boolean => typeof value === 'string' && UNSTORABLE.test(value);

function contains(place: Place | undefined, value: object): boolean {
  for (let at = place; at !== undefined; at = at.within) if (at.value === value) return true;
  return false;
}

function fault(place: Place, rule: string, message: string): Violation {
  const segments: PropertyKey[] = [];
  for (let at = place; at.within !== undefined; at = at.within) segments.push(at.key);
  return { path: jsonPath(segments.reverse()), rule, message };
}
