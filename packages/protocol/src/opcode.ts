/** Frame opcode. RFC 6455 §5.2. */
export const Opcode = {
  Continuation: 0x0,
  Text: 0x1,
  Binary: 0x2,
  Close: 0x8,
  Ping: 0x9,
  Pong: 0xa,
} as const;

export type Opcode = (typeof Opcode)[keyof typeof Opcode];

/** The opcode that a whole message is known by: that of its first frame. */
export type DataOpcode = typeof Opcode.Text | typeof Opcode.Binary;

/** "Control frames are identified by opcodes where the most significant bit of the opcode is 1." §5.5 */
export function isControlOpcode(opcode: number): boolean {
  return (opcode & 0x8) !== 0;
}

/** Opcodes 3–7 and 11–15 "are reserved for further" frames. §5.2 */
export function isReservedOpcode(opcode: number): boolean {
  return (opcode & 0x7) > 0x2;
}
