/** Who ended a connection. */
export const ClosedBy = { Page: 'page', Server: 'server', Nobody: 'nobody' } as const;

export type ClosedBy = (typeof ClosedBy)[keyof typeof ClosedBy];

/** How a connection ended. */
export interface Ending {
  readonly closeCode: number;
  readonly reason: string;
  readonly wasClean: boolean;
  readonly closedBy: ClosedBy;
  /** How long it was open, in milliseconds; `undefined` if it never was. */
  readonly openForMs: number | undefined;
}

/** What the page asked the browser's socket for; without a code, the close frame holds none. */
export interface CloseCall {
  readonly closeCode: number | undefined;
}

const NORMAL_CLOSURE = 1000;
const NO_STATUS_RECEIVED = 1005;

/**
 * Works out who said goodbye first: a browser does not tell. If the page did, what comes back is an answer, which repeats
 * the code or says nothing new (RFC 6455 §5.5.1); any other code is a goodbye of the server's own that crossed the page's.
 */
export function whoClosed(
  call: CloseCall | undefined,
  closeCode: number,
  wasClean: boolean,
  wasOpen: boolean,
): ClosedBy {
  if (!wasOpen) return call === undefined ? ClosedBy.Nobody : ClosedBy.Page;
  if (!wasClean) return ClosedBy.Nobody;
  if (call === undefined) return ClosedBy.Server;
  const answers = [call.closeCode, NORMAL_CLOSURE, NO_STATUS_RECEIVED];
  return answers.includes(closeCode) ? ClosedBy.Page : ClosedBy.Server;
}

export function describeClosedBy({ closedBy, openForMs }: Ending): string {
  switch (closedBy) {
    case ClosedBy.Page:
      return 'this page';
    case ClosedBy.Server:
      return 'the server';
    case ClosedBy.Nobody:
      return openForMs === undefined
        ? 'nobody: the connection never opened'
        : 'nobody said goodbye: the connection was lost';
    default:
      return closedBy satisfies never;
  }
}
