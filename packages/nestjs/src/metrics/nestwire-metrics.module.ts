import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import { NestwireMetrics, NESTWIRE_METRICS_OPTIONS } from './nestwire-metrics.js';
import type { NestwireMetricsOptions } from './nestwire-metrics.options.js';

const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<NestwireMetricsOptions>({
  optionsInjectionToken: NESTWIRE_METRICS_OPTIONS,
})
  .setClassMethodName('forRoot')
  .build();

/**
 * Has the application's gateways counted, for Prometheus.
 *
 * ```ts
 * imports: [NestwireMetricsModule.forRoot()];
 * ```
 */
@Module({ providers: [NestwireMetrics], exports: [NestwireMetrics] })
export class NestwireMetricsModule extends ConfigurableModuleClass {
  static override forRoot(options: NestwireMetricsOptions = {}): DynamicModule {
    return super.forRoot(options);
  }
}
