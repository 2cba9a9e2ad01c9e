import { hash } from 'node:crypto';
import type { Sha1Base64 } from '@nestwire/protocol';

export const sha1Base64: Sha1Base64 = (ascii) => hash('sha1', ascii, 'base64');
