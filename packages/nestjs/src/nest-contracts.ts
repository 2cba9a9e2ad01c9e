import { isContractEntry } from '@nestwire/envelope';
import { GUARDS, listedOn } from './nest-enhancers.js';
import { ContractGuard } from './validation/contract.guard.js';

/*
 * `@SubscribeMessage(chat.say)` brings the validation of what `chat.say` says a client sends: as a guard behind all others, which
 * Nest finds in a method's metadata. `nest-seam.spec.ts` holds Nest to the key, and `contracts.spec.ts` to the order.
 */
/** Has a handler's data validated, if its pattern is an entry of a contract with a `request`; called once for each method. */
export function bringContract(method: object, pattern: unknown): void {
  if (!isContractEntry(pattern) || pattern.request === undefined) return;
  Reflect.defineMetadata(GUARDS.key, [...listedOn(GUARDS, method), new ContractGuard(pattern.request)], method);
}
