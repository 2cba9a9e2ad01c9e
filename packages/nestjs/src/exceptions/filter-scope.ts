import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyClient } from '../client/nestwire-client.js';
import type { NestwireMessage } from '../message/nestwire-message.js';
import { isPromiseLike } from './promise-like.js';

/*
 * A filter answers in whatever way it likes, `client.send()` included, and maybe only after it has waited for something; meanwhile
 * other messages of the client are answered, and others push to it. Which of what goes out is the filter's answer is told by the
 * asynchronous scope that it is sent in.
 *
 * The scope is there only while a filter is at work: until Node 24, it costs every promise of the process a few hundred nanoseconds.
 */
const scope = new AsyncLocalStorage<NestwireMessage>();
let atWork = 0;

/** Runs a filter for a message: what it sends to the message's client, until its promise has settled, is noted on the message. */
export function runFilter(message: NestwireMessage, filter: () => unknown): unknown {
  atWork++;
  let result: unknown;
  try {
    result = scope.run(message, filter);
  } finally {
    if (!isPromiseLike(result)) leave();
  }
  if (isPromiseLike(result)) result.then(leave, leave);
  return result;
}

/** Something goes out to a client. */
export function noteSent(client: AnyClient): void {
  if (atWork === 0) return;
  const message = scope.getStore();
  if (message?.client === client) message.sentByFilter = true;
}

function leave(): void {
  atWork--;
  if (atWork === 0) scope.disable();
}
