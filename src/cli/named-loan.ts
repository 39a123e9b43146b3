import { type Installation, openInstallation } from '../compose.ts';
import { readConfig } from '../config.ts';
import { parseEvidenceNumber } from '../formats/evidence-number.ts';

/** Opens the installation without the full check, for a command that reads or records little. */
export async function withInstallation(work: (it: Installation) => Promise<number>): Promise<void> {
  const installation = await openInstallation(readConfig(), { skipCheck: true });
  try {
    process.exitCode = await work(installation);
  } finally {
    await installation.close();
  }
}

/** A loan is named by its evidence number or by the lender's reference. */
export async function evidenceNoOf({ evidence }: Installation, name: string): Promise<string> {
  return (await evidence.findLoan(name))?.evidenceNo ?? parseEvidenceNumber(name);
}
