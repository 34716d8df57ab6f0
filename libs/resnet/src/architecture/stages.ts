import { ArchitectureError } from '../configuration-error';

/** A row of blocks of one width. */
export interface Stage {
  readonly blocks: number;
  /** Channels of its 3x3 convolutions, before the width multiplier. */
  readonly channels: number;
  /** Of its first block: 2 halves the size of the image, 1 keeps it. */
  readonly stride: 1 | 2;
}

/** Stages as data, or as a configuration writes them: `2x16,3x32,2x64`, with `/1` or `/2` for the stride. */
export type StagesGiven = string | readonly Stage[];

const FORM = /^(\d+)x(\d+)(?:\/([12]))?$/;

/**
 * @returns undefined where none are given
 * @throws ArchitectureError naming the stage that is none
 */
export function stagesOf(given: StagesGiven | undefined): readonly Stage[] | undefined {
  if (given === undefined || given.length === 0) return undefined;
  const stages = typeof given === 'string' ? given.split(',').map(parseStage) : given;
  for (const stage of stages)
    if (!isCount(stage.blocks) || !isCount(stage.channels) || ![1, 2].includes(stage.stride))
      throw new ArchitectureError(
        'stages',
        showStage(stage),
        'at least one block and one channel in a stage, and a stride of 1 or 2',
      );
  return stages;
}

/** Where no stride is written, it is that of the paper: 1 in the first stage, 2 in the others. */
function parseStage(text: string, index: number): Stage {
  const [, blocks, channels, stride] = FORM.exec(text.trim()) ?? [];
  if (blocks === undefined || channels === undefined)
    throw new ArchitectureError(
      'stages',
      text,
      'blocks x channels, such as 2x16, with /1 or /2 for a stride',
    );
  const usual = index === 0 ? 1 : 2;
  return {
    blocks: Number(blocks),
    channels: Number(channels),
    stride: stride === undefined ? usual : stride === '1' ? 1 : 2,
  };
}

const isCount = (n: number): boolean => Number.isInteger(n) && n >= 1;

const showStage = ({ blocks, channels, stride }: Stage): string =>
  `${String(blocks)}x${String(channels)}/${String(stride)}`;

/** As a configuration writes them. */
export const showStages = (stages: readonly Stage[]): string =>
  stages.map((stage, i) => showStage(stage).replace(i === 0 ? '/1' : '/2', '')).join(',');
