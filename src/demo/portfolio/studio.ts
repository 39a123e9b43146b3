import type { IdentityScans } from './identity-card.ts';
import { scanIdentityCard } from './identity-card.ts';
import type { PaperPress } from './papers.ts';
import { createPaperPress } from './papers.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';
import type { ConfirmationPage, DeliverySlip } from './signed-page.ts';
import { scanDeliverySlip, scanServiceConfirmation } from './signed-page.ts';

/** Makes every document of the portfolio; the only part that needs fonts, typesetter and canvas. */
export interface Studio {
  paper: PaperPress;
  identityCard(random: Random, person: Person, validFrom: string): IdentityScans;
  serviceConfirmation(random: Random, page: ConfirmationPage): Uint8Array;
  deliverySlip(random: Random, slip: DeliverySlip): Uint8Array;
}

/** The studio that sets real papers and draws real scans. */
export function createStudio(): Studio {
  return {
    paper: createPaperPress(),
    identityCard: scanIdentityCard,
    serviceConfirmation: scanServiceConfirmation,
    deliverySlip: scanDeliverySlip,
  };
}
