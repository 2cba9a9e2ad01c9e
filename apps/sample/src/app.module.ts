import { Module } from '@nestjs/common';
import { CloseGateway } from './gateways/close.gateway.js';
import { HeartbeatGateway } from './gateways/heartbeat.gateway.js';
import { HelloGateway } from './gateways/hello.gateway.js';

@Module({ providers: [HelloGateway, HeartbeatGateway, CloseGateway] })
export class AppModule {}
