import type { ImageShape, LayerSummary } from '@fathom/resnet';

/** What a row of the table stands for. */
export type Granularity = 'layer' | 'block' | 'stage';

interface Row {
  readonly name: string;
  readonly kind: string;
  readonly inputShape: ImageShape;
  readonly outputShape: ImageShape;
  readonly parameters: number;
  readonly macs: number;
}

/** Layers, or what they add up to, with the sums in the last line. Shapes are channels x height x width. */
export function layerTable(layers: readonly LayerSummary[], granularity: Granularity): string {
  const rows = granularity === 'layer' ? layers.map(layerRow) : grouped(layers, granularity);
  const sum = (of: 'parameters' | 'macs') => rows.reduce((total, row) => total + row[of], 0);
  const cells = [
    [granularity, 'kind', 'input', 'output', 'parameters', 'MACs'],
    ...rows.map((row) => [
      row.name,
      row.kind,
      shape(row.inputShape),
      shape(row.outputShape),
      count(row.parameters),
      count(row.macs),
    ]),
    ['total', '', '', '', count(sum('parameters')), count(sum('macs'))],
  ];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row
      .map((text, i) => (i < 4 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const lines = cells.map(line);
  const rule = '─'.repeat(Math.max(...lines.map(({ length }) => length)));
  return [lines[0], rule, ...lines.slice(1, -1), rule, lines.at(-1)].join('\n');
}

const layerRow = ({ name, kind, window, inputShape, outputShape, parameters, macs }: LayerSummary): Row => ({
  name,
  kind: kindOf(kind, window),
  inputShape,
  outputShape,
  parameters,
  macs,
});

function kindOf(kind: LayerSummary['kind'], window: LayerSummary['window']): string {
  const size = window ? ` ${window.size}x${window.size}${window.stride > 1 ? `/${window.stride}` : ''}` : '';
  switch (kind) {
    case 'convolution':
      return `conv${size}`;
    case 'max-pool':
      return `max${size}`;
    case 'normalisation':
      return 'batch norm';
    case 'average-pool':
      return 'mean';
    case 'relu':
    case 'zero-pad':
    case 'add':
    case 'flatten':
    case 'dense':
      return kind;
  }
}

function grouped(layers: readonly LayerSummary[], by: 'block' | 'stage'): Row[] {
  const groups = new Map<string, LayerSummary[]>();
  for (const layer of layers) {
    const name = by === 'stage' ? (layer.part.split('.')[0] ?? layer.part) : layer.part;
    const group = groups.get(name);
    if (group) group.push(layer);
    else groups.set(name, [layer]);
  }
  return [...groups].map(([name, members]) => groupRow(name, members));
}

function groupRow(name: string, members: readonly LayerSummary[]): Row {
  const [first] = members;
  const last = members.at(-1);
  if (!first || !last) throw new RangeError(`${name} has no layers`);
  const blocks = new Set(members.map(({ part }) => part)).size;
  const convolutions = members.filter(({ kind }) => kind === 'convolution').length;
  const only = members.length === 1 ? kindOf(first.kind, first.window) : undefined;
  const inside = convolutions === 1 ? '1 convolution' : `${convolutions} convolutions`;
  return {
    name,
    kind: only ?? (blocks > 1 ? `${blocks} blocks` : inside),
    inputShape: first.inputShape,
    outputShape: last.outputShape,
    parameters: members.reduce((sum, { parameters }) => sum + parameters, 0),
    macs: members.reduce((sum, { macs }) => sum + macs, 0),
  };
}

const shape = (dimensions: ImageShape): string => dimensions.join('x');
const count = (n: number): string => n.toLocaleString('en-US');
