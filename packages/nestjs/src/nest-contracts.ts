import { isContractEntry } from '@nestwire/envelope';
import { ContractGuard } from './validation/contract.guard.js';

/*
 * `@SubscribeMessage(chat.say)` brings the validation of what `chat.say` says a client sends: as a guard behind all others, which
 * Nest finds in a method's metadata. `nest-seam.spec.ts` holds Nest to the key, and `contracts.spec.ts` to the order.
 */
const GUARDS = '__guards__';

/** Has a handler's data validated, if its pattern is an entry of a contract with a `request`; called once for each method. */
export function bringContract(method: object, pattern: unknown): void {
  if (!isContractEntry(pattern) || pattern.request === undefined) return;
  const guards = (Reflect.getMetadata(GUARDS, method) ?? []) as unknown[];
  Reflect.defineMetadata(GUARDS, [...guards, new ContractGuard(pattern.request)], method);
}
