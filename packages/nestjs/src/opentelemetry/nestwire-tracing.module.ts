import { Module } from '@nestjs/common';
import { NestwireTracing } from './nestwire-tracing.js';

/** Has a span made for each message. */
@Module({ providers: [NestwireTracing], exports: [NestwireTracing] })
export class NestwireTracingModule {}
