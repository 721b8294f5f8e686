// All acts of the operator that are one command each. A correction has lines, so it is in a file of its own.

import type { Act } from './act.ts';
import { LISTING_ACTS } from './listing-acts.ts';
import { MONEY_ACTS, USER_ACTS } from './user-acts.ts';

export const ACT_GROUPS: readonly { readonly title: string; readonly acts: readonly Act[] }[] = [
  { title: 'Assets, markets, fees:', acts: LISTING_ACTS },
  { title: 'Users:', acts: USER_ACTS },
  { title: 'Deposits and withdrawals:', acts: MONEY_ACTS },
];
