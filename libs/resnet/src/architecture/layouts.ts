export type Family = 'cifar' | 'imagenet';
export type BlockKind = 'basic' | 'bottleneck';

export interface MaxPool {
  readonly size: number;
  readonly stride: number;
  /** On each side. */
  readonly padding: number;
}

/** What comes before the blocks of a family, and how wide its stages are. */
export interface FamilyLayout {
  readonly stem: { readonly kernel: number; readonly stride: number; readonly padding: number };
  readonly maxPool: MaxPool | undefined;
  /** Channels of the 3x3 convolutions of each stage. The stem has those of the first. */
  readonly stageChannels: readonly number[];
}

const layouts: Readonly<Record<Family, FamilyLayout>> = {
  cifar: {
    stem: { kernel: 3, stride: 1, padding: 1 },
    maxPool: undefined,
    stageChannels: [16, 32, 64],
  },
  imagenet: {
    stem: { kernel: 7, stride: 2, padding: 3 },
    maxPool: { size: 3, stride: 2, padding: 1 },
    stageChannels: [64, 128, 256, 512],
  },
};

export const layoutOf = (family: Family): FamilyLayout => layouts[family];

/** How much wider a block's output is than its 3x3 convolution. */
export const expansion: Readonly<Record<BlockKind, number>> = { basic: 1, bottleneck: 4 };
