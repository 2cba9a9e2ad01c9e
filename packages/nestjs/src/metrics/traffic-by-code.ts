/** The label of all codes that have no series of their own. */
const OTHER = 'other';

/** How many messages, of how many bytes. */
export interface Traffic {
  readonly label: string;
  messages: number;
  bytes: number;
}

/** What went one way, by code: there are as many entries as codes are known, and one for all others, whatever comes. */
export class TrafficByCode {
  private readonly byCode = new Map<number | undefined, Traffic>();
  private readonly other: Traffic = { label: OTHER, messages: 0, bytes: 0 };

  constructor(labels: Iterable<readonly [code: number, label: string]>) {
    for (const [code, label] of labels) this.byCode.set(code, { label, messages: 0, bytes: 0 });
  }

  of(code: number | undefined): Traffic {
    return this.byCode.get(code) ?? this.other;
  }

  get entries(): readonly Traffic[] {
    return [...this.byCode.values(), this.other];
  }
}
