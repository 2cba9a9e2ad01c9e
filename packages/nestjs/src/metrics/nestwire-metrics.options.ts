import type { CloseCodeRegistry } from '@nestwire/envelope';
import type { Registry } from 'prom-client';

export interface NestwireMetricsOptions {
  /**
   * Where the metrics are registered; they leave it when the application has shut down.
   * @default prom-client's own, `register`
   */
  readonly registry?: Registry;
  /**
   * Codes that have a series of their own besides those that gateways subscribe to: those that are only sent. What has none counts under
   * `other`, so that no peer can make series.
   * @default []
   */
  readonly codes?: readonly number[];
  /**
   * The application's close codes, which have a series of their own besides those of RFC 6455 and Nestwire. What has none counts under
   * `other`.
   * @default none
   */
  readonly closeCodes?: Pick<CloseCodeRegistry, 'entries'>;
  /**
   * The upper bounds of `nestwire_handler_duration_seconds`, in seconds, rising. Each is a series for each code and outcome.
   * @default [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
   */
  readonly buckets?: readonly number[];
}

export const DEFAULT_BUCKETS: readonly number[] = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];
