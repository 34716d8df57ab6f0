import { escapeXml } from './format';

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2330;--soft:#5b6577;--line:#dde2ea;--page:#f6f7f9;--card:#fff;--r:#0b6bcb;--p:#d1560e}
@media(prefers-color-scheme:dark){:root{--ink:#e8ecf3;--soft:#9aa5b8;--line:#2d3646;--page:#12161d;--card:#1a202b;--r:#5aa9ff;--p:#ff9a5a}}
body{font:15px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--page);margin:0 auto;max-width:820px;padding:28px 20px}
h1{font-size:26px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px}p{color:var(--soft);margin:4px 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px;margin:14px 0;overflow-x:auto}
svg{width:100%;height:auto;font:13px system-ui,sans-serif}svg text{fill:var(--ink)}svg .title{font-weight:600;font-size:15px}
svg .tick,svg .label{fill:var(--soft)}svg .grid{stroke:var(--line)}svg .axis{stroke:var(--soft)}
.series polyline,.series .key{fill:none;stroke-width:2.5;stroke-linejoin:round}.series .bar{stroke-width:1.5}
.r polyline,.r line{stroke:var(--r)}.r circle{fill:var(--r)}
.p polyline,.p line{stroke:var(--p);stroke-dasharray:6 4}.p .bar{stroke-dasharray:none}.p circle{fill:var(--card);stroke:var(--p);stroke-width:2}
.thin polyline{stroke-width:1.2;opacity:.75}
table{border-collapse:collapse;width:100%}th{font-weight:600;color:var(--soft);text-align:right}td{text-align:right;border-top:1px solid var(--line)}
th,td{padding:6px 10px;white-space:nowrap}td.best{font-weight:700}
.bar-fill{fill:var(--r)}svg .objective{font-weight:600}
.parallel polyline{fill:none;stroke:var(--soft);stroke-width:1;opacity:.18}.parallel .stopped{stroke-dasharray:4 3}
.parallel .s0{stroke:var(--r);stroke-width:1.6;opacity:.85}.parallel .s1{stroke:var(--r);opacity:.4}
.halo{paint-order:stroke;stroke:var(--card);stroke-width:4px;stroke-linejoin:round}`;

/** One self-contained page. @param body markup */
export const htmlPage = (title: string, body: readonly string[]): string =>
  [
    '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">',
    `<title>${escapeXml(title)}</title><style>${STYLE}</style>`,
    ...body,
    '</html>',
  ].join('\n');
