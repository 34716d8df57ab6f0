import { ArchitectureError } from '../configuration-error';
import { layoutOf, type BlockKind, type Family } from './layouts';
import { showStages, stagesOf, type Stage, type StagesGiven } from './stages';

/** What a depth means: which blocks, and how many in each stage. */
export interface StagePlan {
  readonly family: Family;
  readonly block: BlockKind;
  readonly stages: readonly Stage[];
}

/** He et al. 2015 (arXiv 1512.03385), table 1. */
const imagenetPlans: Readonly<Record<number, { block: BlockKind; blocksPerStage: readonly number[] }>> = {
  18: { block: 'basic', blocksPerStage: [2, 2, 2, 2] },
  34: { block: 'basic', blocksPerStage: [3, 4, 6, 3] },
  50: { block: 'bottleneck', blocksPerStage: [3, 4, 6, 3] },
  101: { block: 'bottleneck', blocksPerStage: [3, 4, 23, 3] },
  152: { block: 'bottleneck', blocksPerStage: [3, 8, 36, 3] },
};

/** The depths that table 1 names. */
export const imagenetDepths: readonly number[] = Object.keys(imagenetPlans).map(Number);

const layersPerBlock: Readonly<Record<BlockKind, number>> = { basic: 2, bottleneck: 3 };
/** Section 4.2 of the paper has three stages of n blocks each: 6n+2 layers, or 9n+2 with bottleneck blocks. */
const CIFAR_STAGES = 3;
const layersPerRound = (kind: BlockKind): number => CIFAR_STAGES * layersPerBlock[kind];
/** The first convolution and the dense layer. */
const OTHER_LAYERS = 2;

const CIFAR_IMAGE_SIZE = 64;

export interface DepthRequest {
  readonly depth: number;
  readonly family: Family | 'auto';
  readonly block: BlockKind | 'auto';
  /** Stages instead of those of the depth; empty or absent for those. */
  readonly stages?: StagesGiven;
}

/**
 * The stages of a depth, or those that the request gives, which then have to have as many layers as it says.
 *
 * @param imageSize pixels per side; decides the family where the request leaves it open
 * @throws ArchitectureError naming the nearest depths there are, or the one that the stages have
 */
export function planStages(request: DepthRequest, imageSize: number): StagePlan {
  const { depth, family, block } = request;
  const given = stagesOf(request.stages);
  if (given) return customPlan(request, given, imageSize);
  const cifar = () => cifarPlan(depth, block);
  const imagenet = () => imagenetPlan(depth, block);
  const families: Record<typeof family, readonly (() => StagePlan | undefined)[]> = {
    cifar: [cifar],
    imagenet: [imagenet],
    auto: imageSize <= CIFAR_IMAGE_SIZE ? [cifar, imagenet] : [imagenet],
  };
  for (const plan of families[family]) {
    const found = plan();
    if (found) return found;
  }
  throw new ArchitectureError('depth', depth, allowedDepths(request, imageSize));
}

function cifarPlan(depth: number, block: BlockKind | 'auto'): StagePlan | undefined {
  for (const kind of kindsOf(block)) {
    const n = (depth - OTHER_LAYERS) / layersPerRound(kind);
    if (Number.isInteger(n) && n >= 1) return familyPlan('cifar', kind, [n, n, n]);
  }
  return undefined;
}

function imagenetPlan(depth: number, block: BlockKind | 'auto'): StagePlan | undefined {
  const plan = imagenetPlans[depth];
  if (!plan || (block !== 'auto' && block !== plan.block)) return undefined;
  return familyPlan('imagenet', plan.block, plan.blocksPerStage);
}

/** Every stage but the first halves the size. */
const familyPlan = (family: Family, block: BlockKind, blocksPerStage: readonly number[]): StagePlan => ({
  family,
  block,
  stages: blocksPerStage.map((blocks, i) => ({
    blocks,
    channels: layoutOf(family).stageChannels[i] ?? 0,
    stride: i === 0 ? 1 : 2,
  })),
});

/** Where the block kind is open, it is the one with which the stages have the depth. */
function customPlan(
  { depth, family, block }: DepthRequest,
  stages: readonly Stage[],
  imageSize: number,
): StagePlan {
  const blocks = stages.reduce((sum, stage) => sum + stage.blocks, 0);
  const depthWith = (kind: BlockKind): number => layersPerBlock[kind] * blocks + OTHER_LAYERS;
  const kinds = kindsOf(block);
  const fitting = kinds.find((kind) => depthWith(kind) === depth);
  if (fitting === undefined) {
    const depths = kinds.map((kind) => `${String(depthWith(kind))} with ${kind} blocks`);
    throw new ArchitectureError(
      'depth',
      depth,
      `${depths.join(' or ')}, as the stages ${showStages(stages)} have`,
    );
  }
  const named = family === 'auto' ? (imageSize <= CIFAR_IMAGE_SIZE ? 'cifar' : 'imagenet') : family;
  return { family: named, block: fitting, stages };
}

function allowedDepths({ depth, family, block }: DepthRequest, imageSize: number): string {
  const kinds = kindsOf(block);
  const rules: string[] = [];
  if (family === 'cifar' || (family === 'auto' && imageSize <= CIFAR_IMAGE_SIZE))
    rules.push(
      ...kinds.map((kind) => {
        const nearest = nearestOf(depth, layersPerRound(kind)).join(' and ');
        return `${String(layersPerRound(kind))}n+2 with ${kind} blocks (nearest ${nearest})`;
      }),
    );
  if (family !== 'cifar') {
    const depths = Object.entries(imagenetPlans).filter(([, plan]) => kinds.includes(plan.block));
    const of = block === 'auto' ? '' : ` with ${block} blocks`;
    rules.push(`${depths.map(([d]) => d).join(', ')}${of} in the imagenet family`);
  }
  return rules.join('; or ');
}

const kindsOf = (block: BlockKind | 'auto'): readonly BlockKind[] =>
  block === 'auto' ? ['basic', 'bottleneck'] : [block];

function nearestOf(depth: number, step: number): number[] {
  const below = Math.floor((depth - OTHER_LAYERS) / step);
  return [below, below + 1].filter((n) => n >= 1).map((n) => step * n + OTHER_LAYERS);
}
