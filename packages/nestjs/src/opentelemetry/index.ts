export { NestwireTracing } from './nestwire-tracing.js';
export { NestwireTracingModule } from './nestwire-tracing.module.js';
