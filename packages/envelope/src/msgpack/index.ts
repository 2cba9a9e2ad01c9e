export { MessagePackCodec } from './message-pack.codec.js';
