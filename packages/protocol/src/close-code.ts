import { Role } from './role.js';

/** The status codes of RFC 6455 §7.4.1 and of the IANA registry that grew from it (§11.7). */
export const CloseCode = {
  NormalClosure: 1000,
  GoingAway: 1001,
  ProtocolError: 1002,
  UnsupportedData: 1003,
  /** Local only: the peer's close frame held no code. */
  NoStatusReceived: 1005,
  /** Local only: the connection ended without a close frame. */
  AbnormalClosure: 1006,
  InvalidPayload: 1007,
  PolicyViolation: 1008,
  MessageTooBig: 1009,
  ExtensionRequired: 1010,
  UnexpectedCondition: 1011,
  ServiceRestart: 1012,
  TryAgainLater: 1013,
  BadGateway: 1014,
  /** Local only: TLS could not be set up. */
  TlsHandshake: 1015,
} as const;

/** "Control frames MUST have a payload length of 125 bytes or less" (§5.5), and two of them are the code. */
export const MAX_CLOSE_REASON_BYTES = 123;

/**
 * Whether a close frame that carries this code may be received. §7.4: 1004 is reserved, 1005, 1006 and 1015 "MUST NOT be
 * set as a status code in a Close control frame by an endpoint", 0–999 "are not used", 1016–2999 are not yet defined,
 * 3000–4999 are open to libraries and applications, and nothing is defined above.
 */
export function isReceivableCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

/**
 * Whether an endpoint of this role may send the code: what can be received, less 1010 for servers ("used by the client",
 * §7.4.1) and 1011–1014 for clients, which speak of a server's condition.
 */
export function isSendableCloseCode(code: number, role: Role): boolean {
  if (!Number.isInteger(code) || !isReceivableCloseCode(code)) return false;
  if (code === CloseCode.ExtensionRequired) return role === Role.Client;
  if (code >= CloseCode.UnexpectedCondition && code <= CloseCode.BadGateway) return role === Role.Server;
  return true;
}
