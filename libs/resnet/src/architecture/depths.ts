import { ArchitectureError } from '../configuration-error';

export type Family = 'cifar' | 'imagenet';
export type BlockKind = 'basic' | 'bottleneck';

/** What a depth means: which blocks, and how many in each stage. */
export interface StagePlan {
  readonly family: Family;
  readonly block: BlockKind;
  readonly blocksPerStage: readonly number[];
}

/** He et al. 2015 (arXiv 1512.03385), table 1. */
const imagenetPlans: Readonly<Record<number, { block: BlockKind; blocksPerStage: readonly number[] }>> = {
  18: { block: 'basic', blocksPerStage: [2, 2, 2, 2] },
  34: { block: 'basic', blocksPerStage: [3, 4, 6, 3] },
  50: { block: 'bottleneck', blocksPerStage: [3, 4, 6, 3] },
  101: { block: 'bottleneck', blocksPerStage: [3, 4, 23, 3] },
  152: { block: 'bottleneck', blocksPerStage: [3, 8, 36, 3] },
};

/** Section 4.2 of the paper: 6n+2 layers with two per basic block; 9n+2 with three per bottleneck block. */
const layersPerRound: Readonly<Record<BlockKind, number>> = { basic: 6, bottleneck: 9 };

const CIFAR_IMAGE_SIZE = 64;

export interface DepthRequest {
  readonly depth: number;
  readonly family: Family | 'auto';
  readonly block: BlockKind | 'auto';
}

/**
 * @param imageSize pixels per side; decides the family where the request leaves it open
 * @throws ArchitectureError naming the nearest depths there are
 */
export function planStages(request: DepthRequest, imageSize: number): StagePlan {
  const { depth, family, block } = request;
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
  const kinds: readonly BlockKind[] = block === 'auto' ? ['basic', 'bottleneck'] : [block];
  for (const kind of kinds) {
    const n = (depth - 2) / layersPerRound[kind];
    if (Number.isInteger(n) && n >= 1) return { family: 'cifar', block: kind, blocksPerStage: [n, n, n] };
  }
  return undefined;
}

function imagenetPlan(depth: number, block: BlockKind | 'auto'): StagePlan | undefined {
  const plan = imagenetPlans[depth];
  if (!plan || (block !== 'auto' && block !== plan.block)) return undefined;
  return { family: 'imagenet', ...plan };
}

function allowedDepths({ depth, family, block }: DepthRequest, imageSize: number): string {
  const kinds: readonly BlockKind[] = block === 'auto' ? ['basic', 'bottleneck'] : [block];
  const rules: string[] = [];
  if (family === 'cifar' || (family === 'auto' && imageSize <= CIFAR_IMAGE_SIZE))
    rules.push(
      ...kinds.map((kind) => {
        const nearest = nearestOf(depth, layersPerRound[kind]).join(' and ');
        return `${String(layersPerRound[kind])}n+2 with ${kind} blocks (nearest ${nearest})`;
      }),
    );
  if (family !== 'cifar') {
    const depths = Object.entries(imagenetPlans).filter(([, plan]) => kinds.includes(plan.block));
    const of = block === 'auto' ? '' : ` with ${block} blocks`;
    rules.push(`${depths.map(([d]) => d).join(', ')}${of} in the imagenet family`);
  }
  return rules.join('; or ');
}

function nearestOf(depth: number, step: number): number[] {
  const below = Math.floor((depth - 2) / step);
  return [below, below + 1].filter((n) => n >= 1).map((n) => step * n + 2);
}
