import type { Journal } from './journal.ts';

/** Something that happened after the payout, told when its turn comes. */
export interface Happening {
  at: string;
  tell(journal: Journal): void;
}
