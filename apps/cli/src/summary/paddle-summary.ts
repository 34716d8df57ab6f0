import type { ImageShape, LayerKind, LayerSummary } from '@fathom/resnet';

/** What PaddlePaddle calls each layer; those without a name are functions there, and have no row. */
const classNames: Readonly<Partial<Record<LayerKind, string>>> = {
  convolution: 'Conv2D',
  normalisation: 'BatchNorm2D',
  relu: 'ReLU',
  'max-pool': 'MaxPool2D',
  'average-pool': 'AdaptiveAvgPool2D',
  flatten: 'Flatten',
  dense: 'Linear',
};

const blockNames = { basic: 'BasicBlock', bottleneck: 'BottleneckBlock' } as const;

/** Smallest widths of the columns and of the whole table. */
const COLUMNS = [15, 20, 20, 15] as const;
const TABLE = 75;
const BYTES = 4;
const MEBIBYTE = 1024 ** 2;

interface Row {
  readonly layer: string;
  readonly inputShape: ImageShape;
  readonly outputShape: ImageShape;
  readonly parameters: number;
  readonly trainable: number;
}

/**
 * The table that `paddle.summary` prints (paddle/hapi/model_summary.py), with its ways of counting: one image; four
 * numbers for each channel of a normalisation, none of them trainable; blocks inside of a network as rows without
 * parameters; two passes that keep each row's output in float32.
 *
 * @param layers of a network, or of a part of it
 */
export function paddleSummary(layers: readonly LayerSummary[], block: keyof typeof blockNames): string {
  const rows = numbered(rowsOf(layers, blockNames[block]));
  const input = size(layers[0]?.inputShape ?? [0]);
  const outputs = rows.reduce((sum, row) => sum + size(row.outputShape), 0);
  const parameters = rows.reduce((sum, row) => sum + row.parameters, 0);
  const trainable = rows.reduce((sum, row) => sum + row.trainable, 0);
  const megabytes = {
    input: (input * BYTES) / MEBIBYTE,
    passes: (2 * outputs * BYTES) / MEBIBYTE,
    parameters: (parameters * BYTES) / MEBIBYTE,
  };
  const cells = rows.map((row) => [
    row.layer,
    `[${shape(row.inputShape)}]`,
    shape(row.outputShape),
    count(row.parameters),
  ]);
  // The last column is made wide enough for the number without its commas.
  const lengths = rows.map((row, i) =>
    COLUMNS.map((_, column) => (column === 3 ? String(row.parameters) : (cells[i]?.[column] ?? '')).length),
  );
  const widths = COLUMNS.map((least, column) => Math.max(least, ...lengths.map((row) => row[column] ?? 0)));
  const width = Math.max(TABLE, widths.reduce((a, b) => a + b) + 5);
  const line = (texts: readonly string[]) => texts.map((text, i) => centred(text, widths[i] ?? 0)).join(' ');
  return [
    '-'.repeat(width),
    line(['Layer (type)', 'Input Shape', 'Output Shape', 'Param #']),
    '='.repeat(width),
    ...cells.map(line),
    '='.repeat(width),
    `Total params: ${count(parameters)}`,
    `Trainable params: ${count(trainable)}`,
    `Non-trainable params: ${count(parameters - trainable)}`,
    '-'.repeat(width),
    `Input size (MB): ${megabytes.input.toFixed(2)}`,
    `Forward/backward pass size (MB): ${megabytes.passes.toFixed(2)}`,
    `Params size (MB): ${megabytes.parameters.toFixed(2)}`,
    `Estimated Total Size (MB): ${(megabytes.input + megabytes.passes + megabytes.parameters).toFixed(2)}`,
    '-'.repeat(width),
  ].join('\n');
}

function rowsOf(layers: readonly LayerSummary[], blockName: string): Row[] {
  const isOneBlock = new Set(layers.map(({ part }) => part)).size === 1;
  return layers.flatMap((layer, i) => {
    const { kind, part, inputShape, outputShape, parameters, statistics } = layer;
    const name = classNames[kind];
    const own: Row[] =
      name === undefined
        ? []
        : [
            {
              layer: name,
              inputShape,
              outputShape,
              parameters: parameters + statistics,
              trainable: kind === 'normalisation' ? 0 : parameters,
            },
          ];
    const endsBlock = part.startsWith('layer') && layers[i + 1]?.part !== part;
    if (!endsBlock || isOneBlock) return own;
    const blockInput = layers.find((other) => other.part === part)?.inputShape ?? inputShape;
    return [...own, { layer: blockName, inputShape: blockInput, outputShape, parameters: 0, trainable: 0 }];
  });
}

/** `Conv2D` -> `Conv2D-1`, counted for each kind. */
function numbered(rows: readonly Row[]): Row[] {
  const counts = new Map<string, number>();
  return rows.map((row) => {
    const number = (counts.get(row.layer) ?? 0) + 1;
    counts.set(row.layer, number);
    return { ...row, layer: `${row.layer}-${number}` };
  });
}

const size = (dimensions: ImageShape): number => [...dimensions].reduce((a, b) => a * b, 1);
const shape = (dimensions: ImageShape): string => `[${[1, ...dimensions].join(', ')}]`;
const count = (n: number): string => n.toLocaleString('en-US');

/** Python's `{:^n}`: what is left over goes to the right. */
function centred(text: string, width: number): string {
  const before = Math.floor(Math.max(0, width - text.length) / 2);
  return (' '.repeat(before) + text).padEnd(width);
}
