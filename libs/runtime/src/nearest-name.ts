/** More changes than a third of a name are no slip of the keyboard any more. */
const LARGEST_SHARE = 1 / 3;

/** The one of `names` that differs least from `name`, by characters put in, left out or changed; undefined: none is near. */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  const [best] = names
    .map((candidate) => ({ candidate, changes: changesBetween(name, candidate) }))
    .filter(({ candidate, changes }) => changes <= LARGEST_SHARE * Math.max(name.length, candidate.length))
    .sort((a, b) => a.changes - b.changes);
  return best?.candidate;
}

const characters = (text: string): string[] => Array.from(text);

/** Levenshtein's distance. */
function changesBetween(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (const [i, character] of characters(a).entries()) {
    const next = [i + 1];
    for (const [j, other] of characters(b).entries()) {
      const [diagonal = 0, above = 0] = [row[j], row[j + 1]];
      next.push(Math.min(above + 1, (next[j] ?? 0) + 1, diagonal + (character === other ? 0 : 1)));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
