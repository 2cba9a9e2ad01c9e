import { Module } from '@nestjs/common';
import { HealthIndicatorService } from '@nestjs/terminus';
import { NestwireHealthIndicator } from './nestwire.health.js';

/** Provides {@link NestwireHealthIndicator}; terminus' own module is the application's to import, with its own options. */
@Module({ providers: [HealthIndicatorService, NestwireHealthIndicator], exports: [NestwireHealthIndicator] })
export class NestwireHealthModule {}
