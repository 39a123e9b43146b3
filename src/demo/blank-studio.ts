import type { Studio } from './portfolio/studio.ts';

const NOTHING = new Uint8Array();

/**
 * A studio that draws nothing: tells which events a loan has, without the cost of its papers. Used
 * to see what an interrupted demonstration has already deposited, never to deposit.
 */
export const blankStudio: Studio = {
  paper: () => NOTHING,
  identityCard: () => ({ front: NOTHING, back: NOTHING }),
  serviceConfirmation: () => NOTHING,
  deliverySlip: () => NOTHING,
};
