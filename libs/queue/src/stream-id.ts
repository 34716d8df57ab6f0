/** Ids of stream entries are `milliseconds-number`; negative where `a` is the older one. */
export function compareStreamIds(a: string, b: string): number {
  const [aMs, aNumber] = partsOf(a);
  const [bMs, bNumber] = partsOf(b);
  return aMs === bMs ? Number(aNumber - bNumber) : aMs < bMs ? -1 : 1;
}

export const olderStreamId = (a: string, b: string): string => (compareStreamIds(a, b) < 0 ? a : b);

function partsOf(id: string): readonly [bigint, bigint] {
  const [ms = '0', number = '0'] = id.split('-');
  return [BigInt(ms), BigInt(number)];
}
