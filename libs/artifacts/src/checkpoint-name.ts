export const kinds = ['json', 'safetensors'] as const;
export type Kind = (typeof kinds)[number];

/**
 * Which checkpoint: the step, and the fence of the attempt that wrote it. What an attempt writes that has been overtaken
 * lies under another name than what its successor writes, and neither can take it for the other's.
 */
export interface CheckpointId {
  readonly step: number;
  /** 0: of a training that has no fences. */
  readonly fence: number;
}

export const nameOf = ({ step, fence }: CheckpointId): string =>
  fence === 0 ? `step-${step}` : `step-${step}.f${fence}`;

export const fileOf = (id: CheckpointId, kind: Kind): string => `${nameOf(id)}.${kind}`;

/** The newest attempt's come first, its latest step before all others. */
export const newestFirst = (a: CheckpointId, b: CheckpointId): number => b.fence - a.fence || b.step - a.step;

/**
 * A file of a checkpoint. unusable: set aside. claim: of no checkpoint; it says that the attempt has begun.
 */
export interface CheckpointFile extends CheckpointId {
  readonly kind: Kind | 'claim';
  readonly state: 'whole' | 'unusable';
}

/** The file with which an attempt says that the folder is its own now. */
export const claimOf = (fence: number): string => `attempt.f${fence}`;

/** undefined where the file is none of a checkpoint. */
export function parseFile(name: string): CheckpointFile | undefined {
  const claimed = CLAIM.exec(name)?.[1];
  if (claimed !== undefined) return { step: 0, fence: Number(claimed), kind: 'claim', state: 'whole' };
  const [, step, fence, kind, unusable] = FILE.exec(name) ?? [];
  const known = kinds.find((one) => one === kind);
  if (known === undefined) return undefined;
  const state = unusable === undefined ? 'whole' : 'unusable';
  return { step: Number(step), fence: Number(fence ?? 0), kind: known, state };
}

const CLAIM = /^attempt\.f(\d+)$/;
const FILE = /^step-(\d+)(?:\.f(\d+))?\.(json|safetensors)(\.unusable)?$/;
