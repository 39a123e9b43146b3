import type { IdentityScans } from './identity-card.ts';
import { scanIdentityCard } from './identity-card.ts';
import type { PaperPress } from './papers.ts';
import { createPaperPress } from './papers.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';
import type { ConfirmationPage, DeliverySlip } from './signed-page.ts';
import { scanDeliverySlip, scanServiceConfirmation } from './signed-page.ts';

/** The lender's electronic signature on its contracts, with the certificate that made it. */
export interface Seal {
  /** Who issued the certificate, as the contract prints it. */
  authority: string;
  /** Serial number of the certificate. */
  serial: string;
  /** The same file and time give the same bytes. @param at RFC 3339 with offset */
  sign(pdf: Uint8Array, at: string): Uint8Array;
}

/** Makes every document of the portfolio; the only part that needs fonts, typesetter and canvas. */
export interface Studio {
  paper: PaperPress;
  identityCard(random: Random, person: Person, validFrom: string): IdentityScans;
  serviceConfirmation(random: Random, page: ConfirmationPage): Uint8Array;
  deliverySlip(random: Random, slip: DeliverySlip): Uint8Array;
  /** Absent: contracts stay unsigned. */
  seal?: Seal;
}

/** The studio that sets real papers and draws real scans. */
export function createStudio(seal?: Seal): Studio {
  return {
    paper: createPaperPress(),
    identityCard: scanIdentityCard,
    serviceConfirmation: scanServiceConfirmation,
    deliverySlip: scanDeliverySlip,
    ...(seal === undefined ? {} : { seal }),
  };
}
