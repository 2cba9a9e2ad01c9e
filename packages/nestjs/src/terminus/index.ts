export { NestwireHealthIndicator, type NestwireHealthOptions } from './nestwire.health.js';
export { NestwireHealthModule } from './nestwire-health.module.js';
