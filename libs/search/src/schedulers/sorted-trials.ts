export interface Entry {
  readonly trial: number;
  readonly loss: number;
}

interface Node {
  readonly entry: Entry;
  readonly priority: number;
  left: Node | undefined;
  right: Node | undefined;
  size: number;
}

/**
 * Trials by loss, equal ones by number, with ranks: a treap (Seidel and Aragon 1996, "Randomized search trees"), whose
 * priorities are scrambled trial numbers, so that it needs no random state. Every call takes O(log size) on average.
 */
export class SortedTrials implements Iterable<Entry> {
  private root: Node | undefined;

  get size(): number {
    return sizeOf(this.root);
  }

  /** @param entry of a trial that is not in it */
  add(entry: Entry): void {
    const [before, after] = split(this.root, entry);
    const added = { entry, priority: scramble(entry.trial), left: undefined, right: undefined, size: 1 };
    this.root = join(join(before, added), after);
  }

  has(entry: Entry): boolean {
    return this.at(this.countBefore(entry))?.trial === entry.trial;
  }

  /** @returns whether it was in it */
  delete(entry: Entry): boolean {
    if (!this.has(entry)) return false;
    const [before, rest] = split(this.root, entry);
    this.root = join(before, withoutFirst(rest));
    return true;
  }

  /** The entry with `index` others before it; undefined beyond the ends. */
  at(index: number): Entry | undefined {
    let rest = index;
    let here = this.root;
    while (here !== undefined) {
      const before = sizeOf(here.left);
      if (rest === before) return here.entry;
      if (rest < before) here = here.left;
      else {
        rest -= before + 1;
        here = here.right;
      }
    }
    return undefined;
  }

  first(): Entry | undefined {
    return this.at(0);
  }

  last(): Entry | undefined {
    return this.at(this.size - 1);
  }

  /** How many stand before the entry, which need not be in it. */
  countBefore(entry: Entry): number {
    let count = 0;
    for (let here = this.root; here !== undefined;) {
      const isBefore = compareEntries(here.entry, entry) < 0;
      if (isBefore) count += sizeOf(here.left) + 1;
      here = isBefore ? here.right : here.left;
    }
    return count;
  }

  *[Symbol.iterator](): Iterator<Entry> {
    const above: Node[] = [];
    for (let here = this.root; here !== undefined || above.length > 0;) {
      for (; here !== undefined; here = here.left) above.push(here);
      const next = above.pop();
      if (next === undefined) return;
      yield next.entry;
      here = next.right;
    }
  }
}

/** By loss, equal ones by number. */
export const compareEntries = (a: Entry, b: Entry): number =>
  a.loss === b.loss ? a.trial - b.trial : a.loss - b.loss;

const sizeOf = (tree: Node | undefined): number => tree?.size ?? 0;

/** The tree after a change below it. */
function counted(tree: Node): Node {
  tree.size = sizeOf(tree.left) + 1 + sizeOf(tree.right);
  return tree;
}

/** Takes a tree apart into those before the entry, and the entry with those after it. */
function split(tree: Node | undefined, entry: Entry): [Node | undefined, Node | undefined] {
  if (tree === undefined) return [undefined, undefined];
  if (compareEntries(tree.entry, entry) < 0) {
    const [before, after] = split(tree.right, entry);
    tree.right = before;
    return [counted(tree), after];
  }
  const [before, after] = split(tree.left, entry);
  tree.left = after;
  return [before, counted(tree)];
}

/** Makes one tree of two, given that all of `before` stand before all of `after`. */
function join(before: Node | undefined, after: Node | undefined): Node | undefined {
  if (before === undefined) return after;
  if (after === undefined) return before;
  if (before.priority > after.priority) {
    before.right = join(before.right, after);
    return counted(before);
  }
  after.left = join(before, after.left);
  return counted(after);
}

function withoutFirst(tree: Node | undefined): Node | undefined {
  if (tree?.left === undefined) return tree?.right;
  tree.left = withoutFirst(tree.left);
  return counted(tree);
}

/** The finaliser of MurmurHash3. */
function scramble(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
