/** What a page does with either of the two clients. */
export interface Chat {
  /** Answers who is in the room, the page's own user included. */
  join(room: string): Promise<number[]>;
  say(room: string, text: string): void;
  typing(room: string): void;
  whisper(to: number, text: string): void;
  close(): void;
}

/** Stands for the page: what is shown on it. */
export type Show = (what: string, data?: unknown) => void;
