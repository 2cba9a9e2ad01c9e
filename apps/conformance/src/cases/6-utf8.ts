import { aCase, type ConformanceCase, INVALID_PAYLOAD, textMessage } from '../conformance-case.js';
import { KOSME, SEQUENCE_GROUPS } from './utf8-sequences.js';
import { continuation, type Frame, fragments, MORE, text, TEXT } from '../wire/frame.js';
import { firstWrongByte } from '../wire/utf8-oracle.js';

const GREETING = Buffer.from('Hello-µ@ßöäüàá-UTF-8!!');
/** In the middle of the word, a character past U+10FFFF; nothing before its second byte is wrong. */
const INVALID = Buffer.concat([KOSME, Buffer.from('f4908080', 'hex'), Buffer.from('edited')]);
const FIRST_GROUP = 5;

/** 6.1–6.3: whole messages, in one frame or in several. */
function messages(): ConformanceCase[] {
  return [
    aCase('6.1.1', 'an empty text', (peer) => peer.send(text()), [textMessage()]),
    aCase(
      '6.1.2',
      'three empty fragments',
      (peer) => peer.send(text('', MORE), continuation('', MORE), continuation()),
      [textMessage()],
    ),
    aCase(
      '6.1.3',
      'text between two empty fragments',
      (peer) => peer.send(text('', MORE), continuation('middle frame payload', MORE), continuation()),
      [textMessage('middle frame payload')],
    ),
    aCase('6.2.1', 'text of several scripts', (peer) => peer.send(text(GREETING)), [textMessage(GREETING)]),
    aCase(
      '6.2.2',
      'fragments between characters',
      (peer) => peer.send(text(GREETING.subarray(0, 12), MORE), continuation(GREETING.subarray(12))),
      [textMessage(GREETING)],
    ),
    aCase('6.2.3', 'fragments of one octet', (peer) => peer.send(...fragments(TEXT, GREETING, 1)), [
      textMessage(GREETING),
    ]),
    aCase('6.2.4', 'fragments of one octet, all letters Greek', (peer) => peer.send(...fragments(TEXT, KOSME, 1)), [
      textMessage(KOSME),
    ]),
    aCase('6.3.1', 'a surrogate in text', (peer) => peer.send(text(withSurrogate())), [], INVALID_PAYLOAD),
    aCase(
      '6.3.2',
      'a surrogate in text, in fragments of one octet',
      (peer) => peer.send(...fragments(TEXT, withSurrogate(), 1)),
      [],
      INVALID_PAYLOAD,
    ),
  ];
}

function withSurrogate(): Buffer {
  return Buffer.concat([KOSME, Buffer.from('eda080', 'hex'), Buffer.from('edited')]);
}

/** 6.4: the failure must come while the message is unfinished, as soon as a byte can't be right. RFC 6455 §8.1. */
function failFast(): ConformanceCase[] {
  const inFragments = (id: string, title: string, edges: readonly [number, number]): ConformanceCase =>
    aCase(
      id,
      title,
      async (peer) => {
        peer.send(text(INVALID.subarray(0, edges[0]), MORE));
        peer.send(continuation(INVALID.subarray(...edges), MORE));
        await peer.untilFailed();
      },
      [],
      INVALID_PAYLOAD,
    );
  const inFrame = (id: string, title: string, edges: readonly [number, number]): ConformanceCase =>
    aCase(
      id,
      title,
      async (peer) => {
        const { first } = peer.split(text(INVALID), INVALID.length - edges[1]);
        first();
        await peer.untilFailed();
      },
      [],
      INVALID_PAYLOAD,
    );
  const character: readonly [number, number] = [KOSME.length, KOSME.length + 4];
  const secondByte: readonly [number, number] = [KOSME.length + 1, KOSME.length + 2];
  return [
    inFragments('6.4.1', 'fails on the second of three fragments, which is wrong in itself', character),
    inFragments('6.4.2', 'fails on the second of three fragments, the byte that makes it wrong', secondByte),
    inFrame('6.4.3', 'fails within a frame, behind the wrong character', character),
    inFrame('6.4.4', 'fails within a frame, on the byte that makes it wrong', secondByte),
  ];
}

/** 6.5–6.23: every sequence as a message of its own. */
function sequences(): ConformanceCase[] {
  return SEQUENCE_GROUPS.flatMap(({ title, sequences: all }, group) =>
    all.map((sequence, i) => {
      const valid = firstWrongByte(sequence) === undefined;
      return aCase(
        `6.${String(FIRST_GROUP + group)}.${String(i + 1)}`,
        `${title}: ${sequence.toString('hex')}`,
        (peer) => peer.send(text(sequence)),
        valid ? [textMessage(sequence)] : [],
        ...(valid ? [] : [INVALID_PAYLOAD]),
      );
    }),
  );
}

const ALL = SEQUENCE_GROUPS.flatMap((group) => group.sequences);

/** 6.24 and 6.25: every invalid sequence fails on its first wrong byte, in an unfinished frame and in an unfinished message. */
function wrongBytes(): ConformanceCase[] {
  const wrong = ALL.map((sequence) => ({ sequence, at: firstWrongByte(sequence) })).filter(
    (each): each is { readonly sequence: Buffer; readonly at: number } =>
      each.at !== undefined && each.at < each.sequence.length,
  );
  return [
    ...wrong.map(({ sequence, at }, i) =>
      aCase(
        `6.24.${String(i + 1)}`,
        `fails within the frame on byte ${String(at)} of ${sequence.toString('hex')}`,
        async (peer) => {
          peer.split(text(Buffer.concat([sequence, Buffer.from('more')])), sequence.length + 4 - (at + 1)).first();
          await peer.untilFailed();
        },
        [],
        INVALID_PAYLOAD,
      ),
    ),
    ...wrong.map(({ sequence, at }, i) =>
      aCase(
        `6.25.${String(i + 1)}`,
        `fails within the message on byte ${String(at)} of ${sequence.toString('hex')}, in fragments of one octet`,
        async (peer) => {
          peer.send(...octets(sequence.subarray(0, at + 1), MORE));
          await peer.untilFailed();
        },
        [],
        INVALID_PAYLOAD,
      ),
    ),
  ];
}

/** 6.26: every valid sequence, in fragments of one octet, each in chops of one octet. */
function validInOctets(): ConformanceCase[] {
  return ALL.filter((sequence) => firstWrongByte(sequence) === undefined).map((sequence, i) =>
    aCase(
      `6.26.${String(i + 1)}`,
      `in fragments and chops of one octet: ${sequence.toString('hex')}`,
      (peer) => peer.sendChopped(1, ...fragments(TEXT, sequence, 1)),
      [textMessage(sequence)],
    ),
  );
}

/** Fragments of one octet, the last one as `shape` says. */
function octets(bytes: Uint8Array, shape: typeof MORE): Frame[] {
  return fragments(TEXT, bytes, 1).map((each) => (each.fin ? { ...each, ...shape } : each));
}

export const UTF8 = [...messages(), ...failFast(), ...sequences(), ...wrongBytes(), ...validInOctets()];
