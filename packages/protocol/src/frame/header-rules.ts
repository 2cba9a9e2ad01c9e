import { FIN_BIT, LENGTH_BITS, MASK_BIT, OPCODE_BITS, RSV1_BIT, RSV_BITS } from './frame-header.js';
import { isControlOpcode, isReservedOpcode, Opcode } from '../opcode.js';
import { Violation } from '../violation.js';

const MAX_CONTROL_PAYLOAD_BYTES = 125;

/** Whether a frame begins a message that permessage-deflate has compressed, where that was agreed upon. RFC 7692 §6. */
export function isCompressed(firstByte: number): boolean {
  const opcode = firstByte & OPCODE_BITS;
  return (firstByte & RSV_BITS) === RSV1_BIT && (opcode === Opcode.Text || opcode === Opcode.Binary);
}

/**
 * What is wrong with a frame, as far as its first two bytes tell by themselves. RFC 6455 §5.2, §5.5.
 *
 * @param expectsMask - what comes from a client is masked, and from a server it is not (§5.1).
 */
export function headerViolation(
  firstByte: number,
  secondByte: number,
  expectsMask: boolean,
  compressed: boolean,
): Violation | undefined {
  const opcode = firstByte & OPCODE_BITS;
  const masked = (secondByte & MASK_BIT) !== 0;
  if ((firstByte & RSV_BITS) !== 0 && !compressed) return Violation.ReservedBits;
  if (isReservedOpcode(opcode)) return Violation.ReservedOpcode;
  if (masked !== expectsMask) return expectsMask ? Violation.UnmaskedFrame : Violation.MaskedFrame;
  return isControlOpcode(opcode) ? controlViolation(firstByte, secondByte & LENGTH_BITS) : undefined;
}

function controlViolation(firstByte: number, length: number): Violation | undefined {
  if ((firstByte & FIN_BIT) === 0) return Violation.FragmentedControlFrame;
  if (length > MAX_CONTROL_PAYLOAD_BYTES) return Violation.ControlFrameTooLong;
  if ((firstByte & OPCODE_BITS) === Opcode.Close && length === 1) return Violation.TruncatedCloseCode;
  return undefined;
}
