/** The sample's message codes, shared by its gateways and its page. */
export const SampleCode = {
  /** Answers with a greeting and what came in. */
  Hello: 1001,
  /** The application's heartbeat: the one code that keeps a talkative connection alive. */
  Heartbeat: 1002,
  /** Rolls a die with `sides` sides; a die that can't be is refused by a pipe. It counts for 20 messages. */
  Roll: 1003,
  /** Counts to `count`, one reply every `everyMs`: an Observable. */
  Count: 1004,
  /** Asks for a secret, which a guard does not give away. */
  Secret: 1005,
  /** Fails with an exception that nobody expected. */
  Fail: 1006,

  /** Has the server close the connection with `closeCode`. */
  CloseWith: 1100,
  /** Enters a room that has closed: an exception of the sample's own, which its filter turns into 4000. */
  EnterClosedRoom: 1101,
  /** Enters a room that is not for you: a ForbiddenException, which the filter turns into 4403. */
  EnterForbiddenRoom: 1102,
  /** Has the server drop the connection without a word. */
  Drop: 1103,
} as const;

export type SampleCode = (typeof SampleCode)[keyof typeof SampleCode];

/** The sample's own close code: the room has closed. */
export const ROOM_CLOSED = 4000;

export interface RollRequest {
  /** 2–1000. */
  readonly sides: number;
}

export interface CountRequest {
  /** 1–100. */
  readonly count: number;
  /** Milliseconds, 1–10000. */
  readonly everyMs: number;
}

export interface CloseWithRequest {
  /** What a server may send. */
  readonly closeCode: number;
  readonly reason?: string;
}
