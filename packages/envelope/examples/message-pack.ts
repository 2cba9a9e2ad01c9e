import { MessagePackCodec } from '@nestwire/envelope/msgpack';

const codec = new MessagePackCodec();

const message = codec.encode({ userId: 10001, code: 1001, data: { frame: new Uint8Array([1, 2, 3]) } });
const decoded = codec.decode(message);
console.log(message.length, decoded.ok && decoded.envelope.data);
