export { NestwireMetrics } from './nestwire-metrics.js';
export { NestwireMetricsModule } from './nestwire-metrics.module.js';
export type { NestwireMetricsOptions } from './nestwire-metrics.options.js';
