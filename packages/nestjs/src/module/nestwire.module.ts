import { ConfigurableModuleBuilder, type DynamicModule, Module } from '@nestjs/common';
import type { NestwireOptions } from '../nestwire.options.js';
import { NestwireServer } from '../server/nestwire-server.js';
import { NestwireServers } from './nestwire-servers.js';

export interface NestwireModuleExtras {
  /**
   * Whether other modules get its providers without importing it.
   * @default true
   */
  readonly isGlobal?: boolean;
}

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } = new ConfigurableModuleBuilder<NestwireOptions>({
  moduleName: 'Nestwire',
})
  .setClassMethodName('forRoot')
  .setExtras<NestwireModuleExtras>({ isGlobal: true }, (definition, { isGlobal }) => ({
    ...definition,
    global: isGlobal ?? true,
  }))
  .build();

/** @internal The options that the module was given; the adapter looks for them. */
export const NESTWIRE_OPTIONS = MODULE_OPTIONS_TOKEN;

/**
 * Provides {@link NestwireServers}, and {@link NestwireServer} where all gateways are on one path, to services and controllers; and the
 * adapter's options from dependency injection.
 *
 * ```ts
 * imports: [
 *   NestwireModule.forRootAsync({
 *     inject: [ConfigService],
 *     useFactory: (config: ConfigService) => ({ silenceTimeoutMs: config.get('SILENCE_MS') }),
 *   }),
 * ]
 * ```
 *
 * What is given to `new NestwireAdapter(app, options)` wins over what is given here.
 */
@Module({
  providers: [
    NestwireServers,
    { provide: NestwireServer, useFactory: ({ only }: NestwireServers) => only, inject: [NestwireServers] },
  ],
  exports: [NestwireServers, NestwireServer],
})
export class NestwireModule extends ConfigurableModuleClass {
  static override forRoot(options: NestwireOptions & NestwireModuleExtras = {}): DynamicModule {
    return super.forRoot(options);
  }
}
