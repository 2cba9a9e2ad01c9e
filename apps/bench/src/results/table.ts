import { markdownTable } from 'markdown-table';
import { type ServerName, SERVERS } from '../servers/registry.js';
import { formatFigure, formatPercent, formatRatio } from './format-figure.js';
import type { MetricResult, WorkloadResult } from './results.js';

const HEAD = ['server', 'median', 'spread', 'ours by it', 'server busy', 'load busy', 'checked'];

/** One workload as tables, a metric each: for a terminal, and for a README as it is. */
export function tableOf(workload: WorkloadResult): string {
  return [
    `### ${workload.title} (${workload.name})`,
    ...workload.metrics.map((metric) => metricTable(workload, metric)),
  ].join('\n\n');
}

function metricTable(workload: WorkloadResult, metric: MetricResult): string {
  const names = Object.keys(metric.servers) as ServerName[];
  const rows = names.map((name) => {
    const readings = metric.servers[name];
    const server = workload.servers[name];
    if (readings === undefined || server === undefined) return [name];
    const { role, title } = SERVERS[name];
    return [
      role === 'control' ? `${title} (control)` : title,
      `${formatFigure(readings.median)} ${metric.unit}`,
      `${formatPercent(readings.spread)}${readings.unsteady ? ' (!)' : ''}`,
      readings.ratio === undefined ? '' : formatRatio(readings.ratio),
      formatPercent(server.serverCpu),
      `${formatPercent(server.loadCpu)}${server.loadBound ? ' (!)' : ''}`,
      formatPercent(server.checked),
    ];
  });
  const align = HEAD.map((_, column) => (column === 0 ? 'l' : 'r'));
  const better = metric.better === 'more' ? 'more is better' : 'less is better';
  return `${metric.name}, ${better}\n\n${markdownTable([HEAD, ...rows], { align })}`;
}
