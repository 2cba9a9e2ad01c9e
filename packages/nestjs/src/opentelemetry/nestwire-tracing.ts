import { Injectable } from '@nestjs/common';
import {
  type Attributes,
  context,
  ProxyTracerProvider,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { parentContextOf } from './parent-context.js';
import type { NestwireMessage } from '../message/nestwire-message.js';
import type { MessageOutcome } from '../observation/message-outcome.js';
import { NestwireObserver, type PathObserver } from '../observation/nestwire-observer.js';
import type { NestwireServer } from '../server/nestwire-server.js';

const NAME = '@nestwire/nestjs';

const SERVER_FAULT = 500;

/**
 * A span for each message that has its turn, from its guards to its answer, or its stream's end. Its parent is the `traceparent` in the
 * envelope; without one it begins a trace. Where no OpenTelemetry SDK is registered, none is made, and what is within has the parent
 * for its context.
 *
 * It is an RPC's server span: its name is the gateway's and the method's, of which there are as many as were written. It has an error's
 * status where the fault is the server's; every exception is recorded.
 */
@Injectable()
export class NestwireTracing extends NestwireObserver {
  private readonly tracer = trace.getTracer(NAME);
  private readonly spans = new WeakMap<NestwireMessage, Span>();

  private sdkSeen = false;

  /** Whether somebody wants spans. An SDK may be registered at any time, and stays. */
  private hasSdk(): boolean {
    if (this.sdkSeen) return true;
    const provider = trace.getTracerProvider();
    this.sdkSeen = !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer(NAME) !== undefined;
    return this.sdkSeen;
  }

  override observe({ path }: NestwireServer): PathObserver {
    const { tracer, spans } = this;
    return {
      around: (message, work) => {
        const { traceparent } = message.envelope;
        const parent = parentContextOf(traceparent);
        if (!this.hasSdk()) {
          // There is nothing to make, and a parent is handed on all the same.
          if (traceparent === undefined) work();
          else context.with(parent, work);
          return;
        }
        const options = { kind: SpanKind.SERVER, attributes: attributesOf(message, path) };
        const span = tracer.startSpan(message.route?.name ?? 'nestwire.message', options, parent);
        spans.set(message, span);
        context.with(trace.setSpan(parent, span), work);
      },
      settled(message, outcome) {
        const span = spans.get(message);
        if (span === undefined) return;
        spans.delete(message);
        conclude(span, outcome);
        span.end();
      },
    };
  }
}

function attributesOf({ client, code, id, route, size }: NestwireMessage, path: string): Attributes {
  const attributes: Attributes = {
    'rpc.system': 'nestwire',
    'network.protocol.name': 'websocket',
    'nestwire.path': path,
    'nestwire.connection.id': client.id,
    'nestwire.message.code': code,
    'nestwire.message.size': size,
  };
  if (id !== undefined) attributes['nestwire.message.id'] = id;
  if (route === undefined) return attributes;
  const dot = route.name.indexOf('.');
  attributes['rpc.service'] = route.name.slice(0, dot);
  attributes['rpc.method'] = route.name.slice(dot + 1);
  return attributes;
}

function conclude(span: Span, { kind, status, exception }: MessageOutcome): void {
  span.setAttribute('nestwire.outcome', kind);
  if (status !== undefined) {
    span.setAttribute('nestwire.status', status);
    span.setAttribute('error.type', exception instanceof Error ? exception.name : String(status));
  }
  if (exception !== undefined) span.recordException(recorded(exception));
  // What the client did wrong is no fault of the server's.
  if (status !== undefined && status >= SERVER_FAULT) {
    span.setStatus({
      code: SpanStatusCode.ERROR,
      ...(exception instanceof Error ? { message: exception.message } : {}),
    });
  }
}

/** Anything can be thrown; what it says of itself may throw, too. */
function recorded(exception: unknown): Error | string {
  if (exception instanceof Error || typeof exception === 'string') return exception;
  return `What was thrown is no Error but a value of type ${typeof exception}`;
}
