import { escapeXml } from './format';

export interface Bar {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
  readonly text: string;
}

const WIDTH = 720;
const ROW = 26;
const TOP = 40;
const LEFT = 170;
const RIGHT = 76;

/** Shares as horizontal bars, in the order given, as one SVG element. */
export function barChart(title: string, bars: readonly Bar[]): string {
  const room = WIDTH - LEFT - RIGHT;
  // The longest takes all the room there is.
  const longest = Math.max(...bars.map(({ share }) => share), 1e-9);
  const rows = bars.map(({ name, share, text }, index) => {
    const y = TOP + ROW * index;
    const width = (room * share) / longest;
    return (
      `<text class="tick" text-anchor="end" x="${LEFT - 10}" y="${y + 15}">${escapeXml(name)}</text>` +
      `<rect class="bar-fill" x="${LEFT}" y="${y + 3}" width="${width.toFixed(1)}" height="${ROW - 9}" rx="3"/>` +
      `<text x="${(LEFT + width + 8).toFixed(1)}" y="${y + 15}">${escapeXml(text)}</text>`
    );
  });
  return [
    `<svg viewBox="0 0 ${WIDTH} ${TOP + ROW * bars.length + 8}" role="img" aria-label="${escapeXml(title)}">`,
    `<text class="title" x="24" y="22">${escapeXml(title)}</text>`,
    ...rows,
    '</svg>',
  ].join('\n');
}
