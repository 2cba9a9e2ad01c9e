import { type ServerName, SERVERS } from '../servers/registry.js';
import { formatRatio } from './format-figure.js';
import type { Results } from './results.js';

const WIDTH = 860;
const LABELS = 110;
const TITLE = 22;
const ROW = 20;
const GROUP_GAP = 14;
const TOP = 48;

/** The left and the right end of the scale; what lies beyond is cut there, and its figure still says what it is. */
const LEAST = 1 / 4;
const MOST = 32;
const TICKS = [0.25, 0.5, 1, 2, 4, 8, 16, 32];

interface Bar {
  readonly label: string;
  readonly peer: ServerName;
  readonly times: number;
}

/**
 * How many times better ours is than each peer, as bars from 1 to the right, or to the left where the peer is. The scale is logarithmic, so
 * that twice as much and half as much look alike. Readable on light and on dark.
 */
export function chartOf(results: Results): string {
  const groups = results.workloads.map((workload) => barsOf(workload)).filter(({ bars }) => bars.length > 0);
  const rows: string[] = [];
  let y = TOP;
  for (const { title, bars } of groups) {
    rows.push(text(0, y + 14, title, 'title'));
    y += TITLE;
    for (const bar of bars) {
      rows.push(...barRow(bar, y));
      y += ROW;
    }
    y += GROUP_GAP;
  }
  const grid = TICKS.map((tick) => {
    const x = position(tick).toFixed(1);
    const line = `<line x1="${x}" y1="${String(TOP - 8)}" x2="${x}" y2="${String(y)}" class="${tick === 1 ? 'one' : 'grid'}"/>`;
    return line + text(position(tick), TOP - 14, `${String(tick)}×`, 'tick');
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(y + 4)}" role="img" font-family="system-ui, sans-serif" font-size="12">`,
    `<title>How many times better than each peer Nestwire is, in one run</title>`,
    STYLE,
    ...grid,
    ...rows,
    '</svg>\n',
  ].join('\n');
}

const STYLE = `<style>
text { fill: #1f2328; } .title { font-weight: 600; } .tick { text-anchor: middle; fill: #59636e; } .peer { text-anchor: end; fill: #59636e; }
.grid { stroke: #d1d9e0; } .one { stroke: #59636e; } .more { fill: #1a7f5a; } .less { fill: #bc4c00; }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc; } .tick, .peer { fill: #9198a1; }
  .grid { stroke: #3d444d; } .one { stroke: #9198a1; } .more { fill: #3fb950; } .less { fill: #db6d28; }
}
</style>`;

function barsOf({ title, metrics: [metric] }: Results['workloads'][number]): { title: string; bars: Bar[] } {
  if (metric === undefined) return { title, bars: [] };
  const bars = (Object.keys(metric.servers) as ServerName[]).flatMap((peer) => {
    const ratio = metric.servers[peer]?.ratio;
    if (ratio === undefined || ratio <= 0 || SERVERS[peer].role !== 'peer') return [];
    return [{ label: SERVERS[peer].title, peer, times: metric.better === 'more' ? ratio : 1 / ratio }];
  });
  return { title, bars };
}

function barRow({ label, times }: Bar, y: number): string[] {
  const from = Math.min(position(1), position(times));
  const width = Math.max(1, Math.abs(position(times) - position(1)));
  return [
    text(LABELS, y + 14, label, 'peer'),
    `<rect x="${from.toFixed(1)}" y="${String(y + 4)}" width="${width.toFixed(1)}" height="${String(ROW - 7)}" rx="2" class="${times >= 1 ? 'more' : 'less'}"/>`,
    text(Math.max(position(times), position(1)) + 6, y + 14, formatRatio(times), 'figure'),
  ];
}

function position(times: number): number {
  const left = LABELS + 20;
  const right = WIDTH - 50;
  const part = Math.log(Math.min(MOST, Math.max(LEAST, times)) / LEAST) / Math.log(MOST / LEAST);
  return left + part * (right - left);
}

function text(x: number, y: number, content: string, name: string): string {
  return `<text x="${x.toFixed(1)}" y="${String(y)}" class="${name}">${escapeXml(content)}</text>`;
}

function escapeXml(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
