import { FrameParser, type FrameSink, Opcode, Role } from '@nestwire/protocol';

const sink: FrameSink = {
  onMessage: (opcode, bytes, start, end) => {
    if (opcode === Opcode.Text) console.log('text', new TextDecoder().decode(bytes.subarray(start, end)));
  },
  onPing: () => console.log('ping'),
  onPong: () => console.log('pong'),
  onClose: (code) => console.log('close', code),
  onViolation: (violation) => console.log('violation', violation),
};

const parser = new FrameParser(sink, { role: Role.Server });

// "Hello", masked, from RFC 6455 §5.7: in one piece, or in as many as you like.
parser.parse(Uint8Array.of(0x81, 0x85, 0x37, 0xfa, 0x21));
parser.parse(Uint8Array.of(0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58));

// A frame from a client must be masked.
parser.parse(Uint8Array.of(0x81, 0x00));
