import { afterEach, describe, expect, it } from '@jest/globals';
import * as common from '@nestjs/common';
import {
  BadRequestException,
  Body,
  Controller,
  HttpException,
  type INestApplication,
  type PipeTransform,
  Post,
  type Type,
  UsePipes,
  ValidationPipe,
} from '@nestjs/common';
import { MessageBody, SubscribeMessage, WebSocketGateway, WsException } from '@nestjs/websockets';
import { Type as TypeOf } from 'class-transformer';
import { IsInt, IsString, MaxLength, Min, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { GatewayApp, type Peer } from '../../spec/gateway-app.js';
import { SchemaPipe } from './schema.pipe.js';

class Address {
  @IsString({ message: 'is not the name of a street' })
  street!: string;
}

class Order {
  @IsInt()
  @Min(1)
  amount!: number;

  @MaxLength(3)
  note!: string;

  @ValidateNested()
  @TypeOf(() => Address)
  address!: Address;
}

const schema = z.object({
  room: z.string().min(2),
  seats: z.array(z.object({ row: z.number() })).default([]),
  at: z.string().transform((text) => text.length),
});

/** The options of Nest 12's decorator; 11 takes them for a pipe, and has no type for them. */
const bySchema = (options: object): ParameterDecorator =>
  (MessageBody as (options: object) => ParameterDecorator)(options);
const fieldBySchema = (field: string, options: object): ParameterDecorator =>
  (MessageBody as (field: string, options: object) => ParameterDecorator)(field, options);

class Custom implements PipeTransform {
  transform(): never {
    throw new BadRequestException(['a', 'b']);
  }
}

@WebSocketGateway()
class ValidatingGateway {
  @UsePipes(new ValidationPipe({ transform: true }))
  @SubscribeMessage(1)
  byMethodPipe(@MessageBody() order: Order): object {
    return { isOrder: order instanceof Order, isAddress: order.address instanceof Address };
  }

  @SubscribeMessage(2)
  byParameterPipe(@MessageBody(ValidationPipe) order: Order): number {
    return order.amount;
  }

  @SubscribeMessage(3)
  bySchema(@bySchema({ schema }) data: z.infer<typeof schema>): unknown {
    return data;
  }

  @SubscribeMessage(4)
  byOurPipe(@MessageBody(new SchemaPipe(schema)) data: z.infer<typeof schema>): unknown {
    return data;
  }

  @SubscribeMessage(5)
  field(@fieldBySchema('room', { schema: z.string().min(2) }) room: string): string {
    return room;
  }

  @SubscribeMessage(6)
  notValidation(@MessageBody(new Custom()) _data: unknown): string {
    return 'never';
  }

  @SubscribeMessage(7)
  ownException(
    @MessageBody(new ValidationPipe({ exceptionFactory: () => new WsException({ status: 409, message: 'mine' }) }))
    order: Order,
  ): unknown {
    return order;
  }

  @SubscribeMessage(8)
  ownStatus(@MessageBody(new ValidationPipe({ errorHttpStatusCode: 406 })) order: Order): unknown {
    return order;
  }
}

@Controller()
class HttpController {
  @Post('orders')
  create(@Body(new ValidationPipe()) order: Order): unknown {
    return order;
  }
}

const BAD_ORDER = { amount: 0, note: 'too long', address: { street: 5 } };
const BAD_ORDER_DETAILS = [
  { path: 'amount', message: 'amount must not be less than 1' },
  { path: 'note', message: 'note must be shorter than or equal to 3 characters' },
  { path: 'address.street', message: 'is not the name of a street' },
];
const GOOD_ORDER = { amount: 1, note: 'ok', address: { street: 'High' } };

describe('Validation', () => {
  let app: GatewayApp;

  afterEach(() => app.stop());

  async function connect(configure?: (app: INestApplication) => void): Promise<Peer> {
    app = await GatewayApp.start(
      { providers: [ValidatingGateway], controllers: [HttpController] },
      undefined,
      configure,
    );
    return app.connect();
  }

  it.each([
    ['of a method', 1],
    ['of a parameter', 2],
  ])("by Nest's ValidationPipe %s fails with 422 and where it failed", async (_, code) => {
    const peer = await connect();
    peer.send({ userId: 1, code, data: BAD_ORDER, id: 1 });
    expect(await peer.take(1)).toEqual([
      { userId: 1, code, id: 1, error: { status: 422, message: 'Validation failed', details: BAD_ORDER_DETAILS } },
    ]);
  });

  it('by a global ValidationPipe alike, and what passes arrives as the class', async () => {
    const peer = await connect((nest) => nest.useGlobalPipes(new ValidationPipe()));
    peer.send({ userId: 1, code: 1, data: GOOD_ORDER, id: 1 }, { userId: 1, code: 1, data: BAD_ORDER, id: 2 });
    expect(await peer.take(2)).toMatchObject([
      { id: 1, data: { isOrder: true, isAddress: true } },
      { id: 2, error: { status: 422, details: BAD_ORDER_DETAILS } },
    ]);
  });

  it('by HTTP stays what it is', async () => {
    await connect();
    const response = await fetch(`http://127.0.0.1:${String(app.port)}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(BAD_ORDER),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      message: expect.arrayContaining(['amount must not be less than 1']),
    });
  });

  it.each([
    ['@MessageBody({ schema })', 3],
    ['SchemaPipe', 4],
  ])('by a Standard Schema, here of Zod, with %s', async (_, code) => {
    const peer = await connect();
    peer.send(
      { userId: 1, code, data: { room: 'blue', at: 'noon' }, id: 1 },
      { userId: 1, code, data: { room: 'b', seats: [{ row: 1 }, { row: 'x' }], at: '' }, id: 2 },
      { userId: 1, code, id: 3 },
    );
    const [good, bad, none] = (await peer.take(3)) as { error: { details: { path: string; message: string }[] } }[];
    expect(good).toMatchObject({ id: 1, data: { room: 'blue', seats: [], at: 4 } });
    expect(bad).toMatchObject({ id: 2, error: { status: 422, message: 'Validation failed' } });
    expect(bad?.error.details.map(({ path }) => path)).toEqual(['room', 'seats.1.row']);
    expect(bad?.error.details.every(({ message }) => message.length > 0)).toBe(true);
    expect(none).toMatchObject({ id: 3, error: { status: 422, details: [{ path: '' }] } });
  });

  it('of a field by a schema', async () => {
    const peer = await connect();
    peer.send(
      { userId: 1, code: 5, data: { room: 'blue' }, id: 1 },
      { userId: 1, code: 5, data: { room: 'b' }, id: 2 },
    );
    expect(await peer.take(2)).toMatchObject([
      { id: 1, data: 'blue' },
      { id: 2, error: { status: 422 } },
    ]);
  });

  it("leaves a schema to Nest's own global pipe where there is one, with the same outcome", async () => {
    const Pipe = (common as { StandardSchemaValidationPipe?: Type<PipeTransform> }).StandardSchemaValidationPipe;
    const peer = await connect((nest) => {
      if (Pipe !== undefined) nest.useGlobalPipes(new Pipe());
    });
    peer.send(
      { userId: 1, code: 3, data: { room: 'blue', at: 'noon' }, id: 1 },
      { userId: 1, code: 3, data: { room: 'b', at: '' }, id: 2 },
    );
    // Validated twice, `at` would be no string any more.
    expect(await peer.take(2)).toMatchObject([
      { id: 1, data: { at: 4 } },
      { id: 2, error: { status: 422, details: [{ path: 'room' }] } },
    ]);
  });

  it('is told from other exceptions: they stay what they are', async () => {
    const peer = await connect();
    peer.send(
      { userId: 1, code: 6, id: 6 },
      { userId: 1, code: 7, data: BAD_ORDER, id: 7 },
      { userId: 1, code: 8, data: BAD_ORDER, id: 8 },
    );
    expect(await peer.take(3)).toMatchObject([
      { id: 6, error: { status: 400, details: ['a', 'b'] } },
      { id: 7, error: { status: 409, message: 'mine' } },
      { id: 8, error: { status: 406 } },
    ]);
  });

  it('tells no more than 32 things, and no path over 256 characters', async () => {
    const peer = await connect();
    const seats = Array.from({ length: 100 }, () => ({ row: 'x' }));
    peer.send({ userId: 1, code: 4, data: { room: 'blue', at: '', seats }, id: 1 });
    const [reply] = (await peer.take(1)) as { error: { details: unknown[] } }[];
    expect(reply?.error.details).toHaveLength(32);
    const deep = z.object({ a: z.record(z.string(), z.number()) });
    const failure = await new SchemaPipe(deep)
      .transform({ a: { ['x'.repeat(1000)]: 'no' } })
      .catch((error: unknown) => error);
    const { details } = (failure as HttpException).getResponse() as { details: { path: string }[] };
    expect(details[0]?.path).toHaveLength(256);
  });
});
