import { markdownTable } from 'markdown-table';
import { type ServerName, SERVERS } from '../servers/registry.js';
import { formatFigure, formatRatio } from './format-figure.js';
import { isDisturbed } from './machine.js';
import type { MetricResult, Results, WorkloadResult } from './results.js';

/** The languages of the READMEs. */
export type Language = 'en' | 'zh';

interface Row {
  readonly workload: string;
  readonly en: string;
  readonly zh: string;
}

/** What the READMEs show of all that is measured: one row for each question that people ask. */
const ENGINE_ROWS: readonly Row[] = [
  { workload: 'echo-64b-100x1', en: 'echo 64 B, 1 in flight', zh: '回显 64 B，每连接 1 条在途' },
  { workload: 'echo-64b-100x32', en: 'echo 64 B, 32 in flight', zh: '回显 64 B，每连接 32 条在途' },
  { workload: 'echo-4kib', en: 'echo 4 KiB', zh: '回显 4 KiB' },
  { workload: 'echo-64kib', en: 'echo 64 KiB', zh: '回显 64 KiB' },
  { workload: 'echo-1mib', en: 'echo 1 MiB', zh: '回显 1 MiB' },
  {
    workload: 'broadcast-500x16',
    en: 'broadcast 256 B to 500, 16 at a time',
    zh: '向 500 个连接广播 256 B，每次 16 条',
  },
  {
    workload: 'broadcast-500x1',
    en: 'broadcast 256 B to 500, one at a time',
    zh: '向 500 个连接广播 256 B，每次 1 条',
  },
  { workload: 'deflate-no-takeover', en: 'permessage-deflate, 1 KiB JSON', zh: 'permessage-deflate，1 KiB JSON' },
  {
    workload: 'deflate-takeover',
    en: 'permessage-deflate with context takeover',
    zh: 'permessage-deflate，保留上下文',
  },
  { workload: 'tls-echo-64b-100x32', en: 'TLS echo 64 B, 32 in flight', zh: 'TLS 回显 64 B，每连接 32 条在途' },
  { workload: 'handshakes', en: 'opening handshakes', zh: '打开握手' },
  { workload: 'idle-memory', en: 'memory of an idle connection', zh: '空闲连接占用的内存' },
];

const GATEWAY_ROWS: readonly Row[] = [
  { workload: 'gateway-plain-100x32', en: 'plain handler, 32 in flight', zh: '普通处理器，每连接 32 条在途' },
  { workload: 'gateway-guarded-100x1', en: 'with a guard, 1 in flight', zh: '带守卫，每连接 1 条在途' },
  { workload: 'gateway-guarded-100x32', en: 'with a guard, 32 in flight', zh: '带守卫，每连接 32 条在途' },
  {
    workload: 'gateway-intercepted-100x32',
    en: 'guard, pipe and interceptor, 32 in flight',
    zh: '守卫、管道与拦截器，每连接 32 条在途',
  },
  {
    workload: 'gateway-memory-1x1',
    en: 'memory of an idle client, 1 × 1 handlers',
    zh: '空闲客户端内存，1 × 1 处理器',
  },
  {
    workload: 'gateway-memory-5x20',
    en: 'memory of an idle client, 5 × 20 handlers',
    zh: '空闲客户端内存，5 × 20 处理器',
  },
];

const WORDS = {
  en: {
    engines: 'the engine',
    gateways: 'Nest gateways',
    flagged: '(!) the load generator had no time left, or the rounds differed by more than 15 %.',
    disturbed: 'Other work was on the machine when the run began.',
    measured: (results: Results) =>
      `${results.machine.cpu}, ${String(results.machine.cores)} cores, ${results.machine.system}, Node ${results.machine.node}; ` +
      `${results.machine.pinning}. Medians of ${String(results.rounds)} rounds of ${String(results.seconds)} s.`,
  },
  zh: {
    engines: '引擎',
    gateways: 'Nest 网关',
    flagged: '(!) 负载发生器已无余力，或各轮相差超过 15 %。',
    disturbed: '运行开始时，机器上还有其他任务。',
    measured: (results: Results) =>
      `${results.machine.cpu}，${String(results.machine.cores)} 核，${results.machine.system}，Node ${results.machine.node}；` +
      `服务器与负载各占一个核。${String(results.rounds)} 轮、每轮 ${String(results.seconds)} 秒的中位数。`,
  },
} as const;

/** The figures of a README: ours, and how many times better that is than each peer. */
export function summaryOf(results: Results, language: Language): string {
  const words = WORDS[language];
  const tables = [
    summaryTable(results, words.engines, ENGINE_ROWS, ['ws', 'uws'], language),
    summaryTable(results, words.gateways, GATEWAY_ROWS, ['platform-ws', 'platform-socket.io'], language),
  ];
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return [
    ...tables,
    [
      words.measured(results),
      `${versions.join(', ')}.`,
      ...(isDisturbed(results.machine) ? [words.disturbed] : []),
      words.flagged,
    ].join(' '),
  ].join('\n\n');
}

function summaryTable(
  { workloads }: Results,
  title: string,
  rows: readonly Row[],
  peers: readonly ServerName[],
  language: Language,
): string {
  const body = rows.flatMap((row) => {
    const workload = workloads.find(({ name }) => name === row.workload);
    const metric = workload?.metrics[0];
    if (workload === undefined || metric === undefined) return [];
    const own = metric.servers[workload.ours];
    const figure = own === undefined ? '–' : `${formatFigure(own.median)} ${metric.unit}`;
    return [[row[language], figure, ...peers.map((peer) => timesBetter(workload, metric, peer))]];
  });
  const head = [title, 'Nestwire', ...peers.map((peer) => `÷ ${SERVERS[peer].title}`)];
  return markdownTable([head, ...body], { align: head.map((_, column) => (column === 0 ? 'l' : 'r')) });
}

function timesBetter(workload: WorkloadResult, metric: MetricResult, peer: ServerName): string {
  const readings = metric.servers[peer];
  if (readings?.ratio === undefined) return '–';
  const times = formatRatio(metric.better === 'more' ? readings.ratio : 1 / readings.ratio);
  return readings.unsteady || workload.servers[peer]?.loadBound === true ? `${times} (!)` : times;
}
