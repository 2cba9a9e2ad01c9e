import { createHash } from 'node:crypto';
import type { Sha1Base64 } from '@nestwire/protocol';

export const sha1Base64: Sha1Base64 = (ascii) => createHash('sha1').update(ascii).digest('base64');
