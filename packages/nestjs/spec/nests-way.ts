import { type CanActivate, Injectable, type PipeTransform, type Provider, Scope } from '@nestjs/common';
import { APP_GUARD, APP_PIPE } from '@nestjs/core';

/*
 * What keeps an adapter from calling handlers by itself, and changes nothing else: gateways that are not made for each request get nothing
 * of what is.
 */

@Injectable({ scope: Scope.REQUEST })
class NobodysGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

@Injectable({ scope: Scope.REQUEST })
class NobodysPipe implements PipeTransform {
  transform(): never {
    throw new Error('for nobody');
  }
}

/** Nest calls the handlers, with arguments that the adapter finds. */
export const NEST_CALLS: Provider = { provide: APP_GUARD, useClass: NobodysGuard };

/** Nest calls the handlers, and finds their arguments. */
export const NEST_FINDS_ARGUMENTS: Provider = { provide: APP_PIPE, useClass: NobodysPipe };
