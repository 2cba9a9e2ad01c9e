import type { Type } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';

/** The first code of the gateways that are there for their number only. */
const FIRST_CODE = 2000;

/** Codes are numbers for Nestwire, and names of events for the peers. */
export type Patterns = 'codes' | 'events';

/** So many more gateways, with so many handlers each: codes from 2000 on. */
export function furtherGateways(gateways: number, handlers: number, patterns: Patterns = 'codes'): Type[] {
  return Array.from({ length: gateways }, (_, i) => gatewayOf(FIRST_CODE + i * handlers, handlers, patterns));
}

function gatewayOf(firstCode: number, handlers: number, patterns: Patterns): Type {
  class Gateway {}
  const prototype = Gateway.prototype as Record<string, unknown>;
  for (let code = firstCode; code < firstCode + handlers; code++) {
    const name = `echo${String(code)}`;
    prototype[name] = (data: unknown) => (patterns === 'codes' ? data : { event: name, data });
    MessageBody()(prototype, name, 0);
    // Its types know of strings only; the peers have names, and Nestwire has numbers.
    const pattern: string | number = patterns === 'codes' ? code : name;
    SubscribeMessage(pattern)(prototype, name, { value: prototype[name] });
  }
  WebSocketGateway()(Gateway);
  Object.defineProperty(Gateway, 'name', { value: `Gateway${String(firstCode)}` });
  return Gateway;
}
