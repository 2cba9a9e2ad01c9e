import { type Context, ROOT_CONTEXT, trace } from '@opentelemetry/api';

const TRACE_ID_AT = 3;
const SPAN_ID_AT = 36;
const FLAGS_AT = 53;

/**
 * The context that a message comes from, whatever propagator is registered: the envelope's field is the W3C's.
 *
 * @param traceparent - as the codecs let it through: in the form of Trace Context §3.2, or not at all.
 */
export function parentContextOf(traceparent: string | undefined): Context {
  if (traceparent === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, {
    traceId: traceparent.slice(TRACE_ID_AT, SPAN_ID_AT - 1),
    spanId: traceparent.slice(SPAN_ID_AT, FLAGS_AT - 1),
    traceFlags: Number.parseInt(traceparent.slice(FLAGS_AT), 16),
    isRemote: true,
  });
}
