// The line chart of the report as a picture of its own.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);
const { lineChart } = require('../../apps/cli/dist/render/line-chart.js');

/** Colour and dashes of a series by its style. */
const looks = {
  r: ['#0b66c3', ''],
  p: ['#b4541a', '6 4'],
  s: ['#1a7f4b', '2 3'],
  t: ['#7a3fb0', '10 4'],
};

const style = [
  'svg{background:#fff;font:13px system-ui,sans-serif}text{fill:#1c2430}.title{font-weight:600;font-size:15px}',
  '.tick,.label{fill:#5b6675}.grid{stroke:#e3e7ec}.axis{stroke:#5b6675}',
  '.series polyline,.series .key{fill:none;stroke-width:2}',
  ...Object.entries(looks).map(
    ([name, [colour, dashes]]) =>
      `.${name} polyline,.${name} .key{stroke:${colour}${dashes && `;stroke-dasharray:${dashes}`}}.${name} circle{fill:${colour}}`,
  ),
].join('\n');

/**
 * With colours of its own and a white ground, since it stands alone.
 *
 * @param {object} chart what `lineChart` takes; styles r, p, s, t
 */
export const standaloneChart = (chart) =>
  `${lineChart(chart).replace('<svg ', '<svg xmlns="http://www.w3.org/2000/svg" ').replace('>', `>\n<style>${style}</style>`)}\n`;
