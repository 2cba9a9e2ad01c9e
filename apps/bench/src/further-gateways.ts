import type { Type } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

/** The first code of the gateways that are there for their number only. */
const FIRST_CODE = 2000;

/** So many more gateways, with so many handlers each: codes from 2000 on. */
export function furtherGateways(gateways: number, handlers: number): Type[] {
  return Array.from({ length: gateways }, (_, i) => gatewayOf(FIRST_CODE + i * handlers, handlers));
}

function gatewayOf(firstCode: number, handlers: number): Type {
  class Gateway {}
  const prototype = Gateway.prototype as Record<string, unknown>;
  for (let code = firstCode; code < firstCode + handlers; code++) {
    const name = `echo${String(code)}`;
    prototype[name] = (data: unknown) => data;
    MessageBody()(prototype, name, 0);
    SubscribeMessage(code)(prototype, name, { value: prototype[name] });
  }
  WebSocketGateway()(Gateway);
  Object.defineProperty(Gateway, 'name', { value: `Gateway${String(firstCode)}` });
  return Gateway;
}
