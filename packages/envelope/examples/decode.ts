import { closeCodeEntry, JsonCodec } from '@nestwire/envelope';

const codec = new JsonCodec();

const decoded = codec.decode('{"userId":10001,"code":1001,"data":{},"id":7}');
if (decoded.ok) {
  const { userId, code, id } = decoded.envelope;
  console.log(codec.encode({ userId, code, id, data: { hello: 'world' } }));
}

// Input that is no message is described, never thrown.
console.log(codec.decode('{"userId":10001}').ok);

// What a client should do after the server closed with 1012.
console.log(closeCodeEntry(1012).client);
