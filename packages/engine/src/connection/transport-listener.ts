import type { Duplex } from 'node:stream';

/** What a socket tells its connection. */
export interface TransportListener {
  receive(chunk: Buffer): void;
  /** The peer sends no more. */
  onTransportEnd(): void;
  onTransportError(): void;
  onTransportClosed(): void;
  onTransportDrain(): void;
}

const listener = Symbol('nestwire.connection');

interface ConnectedSocket extends Duplex {
  [listener]: TransportListener;
}

/** The same five functions listen to every socket and find its connection on it: a connection costs no closure. */
export function listenTo(socket: Duplex, connection: TransportListener): void {
  (socket as ConnectedSocket)[listener] = connection;
  socket.on('data', onData).on('end', onEnd).on('error', onError).on('close', onClose).on('drain', onDrain);
}

function onData(this: Duplex, chunk: Buffer): void {
  (this as ConnectedSocket)[listener].receive(chunk);
}

function onEnd(this: Duplex): void {
  (this as ConnectedSocket)[listener].onTransportEnd();
}

function onError(this: Duplex): void {
  (this as ConnectedSocket)[listener].onTransportError();
}

function onClose(this: Duplex): void {
  (this as ConnectedSocket)[listener].onTransportClosed();
}

function onDrain(this: Duplex): void {
  (this as ConnectedSocket)[listener].onTransportDrain();
}
