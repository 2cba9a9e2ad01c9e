import { Injectable } from '@nestjs/common';

export interface Member {
  readonly userId: number;
}

/** Stands for whatever knows your tokens. */
@Injectable()
export class Members {
  private readonly byToken = new Map<unknown, Member>([
    ['ann-s-token', { userId: 10001 }],
    ['bob-s-token', { userId: 10002 }],
    ['cid-s-token', { userId: 10003 }],
  ]);

  find(token: unknown): Member | undefined {
    return this.byToken.get(token);
  }
}
