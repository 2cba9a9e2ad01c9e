import { type CanActivate, Injectable } from '@nestjs/common';

/** Nobody is an insider: the sample shows what a guard's no looks like. */
@Injectable()
export class InsiderGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}
