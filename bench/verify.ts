import { join } from 'node:path';
import { openInstallation } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';
import { verifyCompleteness } from '../src/verify/verify-completeness.ts';
import { verifyFile } from '../src/verify/verify-file.ts';
import { LogBuilder } from './build-log.ts';
import { withScratch } from './log.ts';
import type { BenchResult } from './result.ts';

const ENTRIES = 20_000;
const ROUNDS = 300;

function perSecond(work: () => { verdict: string }): number {
  const started = performance.now();
  for (let n = 0; n < ROUNDS; n++) {
    if (work().verdict === 'failed') throw new Error('a proof of the bench does not verify');
  }
  return (ROUNDS / (performance.now() - started)) * 1000;
}

/** What a verifier manages in one thread: proof files and completeness proofs. */
export async function benchVerify(): Promise<BenchResult[]> {
  return withScratch(async (folder) => {
    const builder = await LogBuilder.open(join(folder, 'data'), ENTRIES);
    await builder.growTo(ENTRIES);
    await builder.close();
    const [evidenceNo = ''] = builder.realLoans;
    const config = readConfig({ CUNZHENG_DATA: builder.folder });
    const installation = await openInstallation(config, { skipCheck: true });
    try {
      const { evidence, policy } = installation;
      const context = { policy: { ...policy, anchorsRequired: 0 }, now: new Date() };
      const [file, proof] = [
        await evidence.content(evidenceNo, 0),
        await evidence.proof(evidenceNo, 0),
      ];
      const complete = await evidence.completeness(evidenceNo);
      const more = { unit: 'per second', entries: ENTRIES };
      return [
        { name: 'verify.file', value: perSecond(() => verifyFile(file, proof, context)), ...more },
        {
          name: 'verify.completeness',
          value: perSecond(() => verifyCompleteness(complete, context)),
          ...more,
        },
      ];
    } finally {
      await installation.close();
    }
  });
}
