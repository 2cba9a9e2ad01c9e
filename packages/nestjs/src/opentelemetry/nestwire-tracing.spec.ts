import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { BadRequestException, type CanActivate, type ExecutionContext, Logger, UseGuards } from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { EventDataCodec, JsonCodec } from '@nestwire/envelope';
import { MessagePackCodec } from '@nestwire/envelope/msgpack';
import { context, ProxyTracer, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { GatewayApp } from '../../spec/gateway-app.js';
import { until } from '../../spec/until.js';
import { NestwireTracingModule } from './index.js';
import { Concurrency } from '../decorators/concurrency.decorator.js';

const tracer = trace.getTracer('spec');
const storage = new AsyncLocalStorage<number>();
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Leaves something behind in the message's own scope. */
class Guard implements CanActivate {
  canActivate(host: ExecutionContext): boolean {
    tracer.startSpan('in the guard').end();
    storage.enterWith(host.switchToWs().getData<number>());
    return true;
  }
}

@UseGuards(Guard)
@WebSocketGateway()
class ShopGateway {
  @SubscribeMessage(1)
  async buy(@MessageBody() data: unknown): Promise<unknown> {
    await turn();
    tracer.startSpan('in the handler').end();
    return { data, left: storage.getStore() };
  }

  @SubscribeMessage(2)
  break(): never {
    throw new TypeError('broken');
  }

  @SubscribeMessage(3)
  refuse(): never {
    throw new BadRequestException('no');
  }

  @SubscribeMessage(4)
  async *stream(): AsyncGenerator<number> {
    yield 1;
    await turn();
    tracer.startSpan('in the stream').end();
    yield 2;
  }

  @Concurrency(8)
  @SubscribeMessage(5)
  async sideBySide(@MessageBody() n: number): Promise<unknown> {
    for (let turns = n % 3; turns >= 0; turns--) await turn();
    return { span: trace.getActiveSpan()?.spanContext().traceId, left: storage.getStore() };
  }
}

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const TRACEPARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

describe('NestwireTracing', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let app: GatewayApp;

  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(provider);
  });
  afterEach(async () => {
    await app.stop();
    exporter.reset();
    jest.restoreAllMocks();
  });
  afterAll(() => {
    context.disable();
    trace.disable();
  });

  const start = async (options = {}): Promise<void> => {
    app = await GatewayApp.start({ imports: [NestwireTracingModule], providers: [ShopGateway] }, options);
  };
  const named = (name: string): ReadableSpan[] => exporter.getFinishedSpans().filter((span) => span.name === name);
  const ended = async (name: string): Promise<ReadableSpan> => {
    await until(() => named(name).length > 0);
    return named(name)[0] as ReadableSpan;
  };

  it('makes a server’s span for a message, which says where it went', async () => {
    await start();
    (await app.connect()).send({ userId: 1, code: 1, id: 'i', data: 7 });
    const span = await ended('ShopGateway.buy');
    expect(span.kind).toBe(SpanKind.SERVER);
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.status.code).toBe(SpanStatusCode.UNSET);
    expect(span.attributes).toMatchObject({
      'rpc.system': 'nestwire',
      'rpc.service': 'ShopGateway',
      'rpc.method': 'buy',
      'nestwire.path': '/',
      'nestwire.message.code': 1,
      'nestwire.message.id': 'i',
      'nestwire.outcome': 'ok',
    });
  });

  it.each([
    ['JSON', new JsonCodec()],
    ['MessagePack', new MessagePackCodec()],
    ['event and data', new EventDataCodec()],
  ])('takes the traceparent in the envelope for its parent: %s', async (_, codec) => {
    await start({ codecs: [codec] });
    const peer = await app.connect('/', [codec.name]);
    peer.send(codec.encode({ userId: 1, code: 1, traceparent: TRACEPARENT }));
    const span = await ended('ShopGateway.buy');
    expect(span.spanContext().traceId).toBe(TRACE_ID);
    expect(span.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: 'b7ad6b7169203331', isRemote: true });
  });

  it('follows a parent that is not sampled', async () => {
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 1, traceparent: TRACEPARENT.replace(/01$/, '00') }, { userId: 1, code: 3 });
    await ended('ShopGateway.refuse');
    expect(named('ShopGateway.buy')).toEqual([]);
  });

  it('begins a trace of its own for what is no traceparent', async () => {
    await start();
    const peer = await app.connect();
    peer.send(
      { userId: 1, code: 1, traceparent: 'x'.repeat(55) },
      { userId: 1, code: 1, traceparent: { toString: 1 } },
    );
    await until(() => named('ShopGateway.buy').length === 2);
    for (const span of named('ShopGateway.buy')) expect(span.parentSpanContext).toBeUndefined();
  });

  it('is what spans of guards, handlers and streams are within', async () => {
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 1 });
    const { spanId } = (await ended('ShopGateway.buy')).spanContext();
    expect((await ended('in the handler')).parentSpanContext?.spanId).toBe(spanId);
    expect(named('in the guard')[0]?.parentSpanContext?.spanId).toBe(spanId);
    peer.send({ userId: 1, code: 4, id: 1 });
    const stream = await ended('ShopGateway.stream');
    expect((await ended('in the stream')).parentSpanContext?.spanId).toBe(stream.spanContext().spanId);
    // It ends with the stream, not before.
    expect(exporter.getFinishedSpans().at(-1)?.name).toBe('ShopGateway.stream');
  });

  it('is each message’s own, and leaves each its own AsyncLocalStorage', async () => {
    await start();
    const peer = await app.connect();
    const traceIds = Array.from({ length: 30 }, (_, n) => (n + 1).toString(16).padStart(32, '0'));
    peer.send(
      ...traceIds.map((traceId, data) => ({
        userId: 1,
        code: 5,
        data,
        traceparent: `00-${traceId}-b7ad6b7169203331-01`,
      })),
    );
    const answers = (await peer.take(30)) as { data: unknown }[];
    expect(answers.map(({ data }) => data)).toEqual(traceIds.map((span, left) => ({ span, left })));
  });

  it('has an error’s status for the server’s faults, and records each exception', async () => {
    jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    await start();
    const peer = await app.connect();
    peer.send({ userId: 1, code: 2 }, { userId: 1, code: 3 }, { userId: 1, code: 99 });
    const broken = await ended('ShopGateway.break');
    expect(broken.status).toEqual({ code: SpanStatusCode.ERROR, message: 'broken' });
    expect(broken.attributes).toMatchObject({ 'nestwire.status': 500, 'error.type': 'TypeError' });
    expect(broken.events).toMatchObject([{ name: 'exception', attributes: { 'exception.message': 'broken' } }]);
    const refused = await ended('ShopGateway.refuse');
    expect(refused.status.code).toBe(SpanStatusCode.UNSET);
    expect(refused.attributes).toMatchObject({ 'nestwire.status': 400, 'error.type': 'BadRequestException' });
    expect(refused.events).toHaveLength(1);
    const unknown = await ended('nestwire.message');
    expect(unknown.attributes).toMatchObject({ 'nestwire.status': 404, 'nestwire.message.code': 99 });
  });
});

describe('NestwireTracing without an SDK', () => {
  let app: GatewayApp;
  afterEach(async () => {
    await app.stop();
    context.disable();
    trace.disable();
    jest.restoreAllMocks();
  });

  it('makes no span, and hands a parent on', async () => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const made = jest.spyOn(ProxyTracer.prototype, 'startSpan');
    app = await GatewayApp.start({ imports: [NestwireTracingModule], providers: [ShopGateway] });
    const peer = await app.connect();
    peer.send({ userId: 1, code: 5, data: 1, traceparent: TRACEPARENT }, { userId: 1, code: 5, data: 2 });
    const answers = (await peer.take(2)) as { data: unknown }[];
    expect(answers.map(({ data }) => data)).toEqual([{ span: TRACE_ID, left: 1 }, { left: 2 }]);
    // The guard's own are the application's.
    expect(made.mock.calls.map(([name]) => name)).toEqual(['in the guard', 'in the guard']);
  });

  it('makes them from when there is one', async () => {
    app = await GatewayApp.start({ imports: [NestwireTracingModule], providers: [ShopGateway] });
    const peer = await app.connect();
    peer.send({ userId: 1, code: 5, data: 1 });
    await peer.take(1);
    const exporter = new InMemorySpanExporter();
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
    peer.send({ userId: 1, code: 5, data: 2 });
    await until(() => exporter.getFinishedSpans().some(({ name }) => name === 'ShopGateway.sideBySide'));
  });
});
