import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { type Installation, openInstallation } from '../../compose.ts';
import { openLitigation, readFilingProfile } from '../../compose-litigation.ts';
import { writePartySheet } from '../../compose-party-sheet.ts';
import { readConfig } from '../../config.ts';
import type { Json } from '../../formats/jcs.ts';
import { LitigationError } from '../../litigation/errors.ts';
import { type CaseOutcome, fileCases } from '../../litigation/package/file-cases.ts';
import { EXIT, Progress, print, printJson } from '../output.ts';
import { type BatchOptions, batchOptions, chosenLoans, requestFor } from './matter.ts';

/** `cunzheng package`: one button, and every case that is ready becomes a signed package. */
export function addPackageCommand(program: Command): void {
  batchOptions(
    program
      .command('package')
      .description('prepare a signed case package for every loan that is ready'),
  )
    .addHelpText(
      'after',
      '\nExit: 0 no case failed (some may not be ready), 1 a case failed, 2 wrong use.',
    )
    .action(async (options: BatchOptions) => {
      const installation = await openInstallation(readConfig());
      try {
        process.exitCode = await packageAll(installation, options);
      } finally {
        await installation.close();
      }
    });
}

async function packageAll(installation: Installation, options: BatchOptions): Promise<number> {
  const { config } = installation;
  const profile = readFilingProfile(config.projectFolder, options.filing);
  const loans = await chosenLoans(installation, options.loan);
  const size = await anchoredSize(installation);
  const ports = openLitigation(installation);
  const progress = new Progress('preparing');
  const outcomes: CaseOutcome[] = [];
  for await (const outcome of fileCases(loans, requestFor(profile, options.asOf, size), ports)) {
    outcomes.push(outcome);
    progress.update(outcomes.length, loans.length);
  }
  progress.end();
  const report = join(config.dataFolder, 'packages', `readiness-${options.asOf}.json`);
  const json = JSON.parse(JSON.stringify(outcomes)) as Json;
  if (outcomes.length > 0)
    writeFileSync(report, `${JSON.stringify(json, null, 1)}\n`, { mode: 0o600 });
  const parties = await writePartySheet(installation, profile, outcomes);
  const counts = countOutcomes(outcomes);
  // What was handed out is recorded in the loans' histories: the anchor bears witness to that too.
  if (counts.prepared > 0) await installation.publishAndAnchor();
  if (options.json) printJson({ ...counts, report, parties: parties ?? null, cases: json });
  else {
    for (const outcome of outcomes) printOutcome(outcome);
    const { prepared, kept, blocked, failed } = counts;
    print(
      `${prepared} packages prepared, ${kept} kept from before, ${blocked} not ready, ${failed} failed`,
    );
    print(
      `packages in ${join(config.dataFolder, 'packages')}; reasons for every loan in ${report}`,
    );
    if (parties !== undefined) print(`table of the parties in ${parties}`);
  }
  return counts.failed > 0 ? EXIT.failed : EXIT.passed;
}

/** Brings everything into an anchored checkpoint and gives its size. */
export async function anchoredSize(installation: Installation): Promise<number> {
  // What is known of the signatures belongs to the case: it must stand before the checkpoint.
  await installation.signatureChecks.finish();
  const { checkpoint, anchoring, targets } = await installation.publishAndAnchor();
  if (checkpoint === undefined) {
    throw new LitigationError(
      'NOTHING_DEPOSITED',
      'nothing was deposited yet',
      'Import or deposit first.',
    );
  }
  if (await installation.isAnchored(checkpoint)) return checkpoint.size;
  const waiting = targets.find(({ reason }) => reason !== null) ?? anchoring;
  const why = `${waiting.target}: ${waiting.reason?.message ?? waiting.state}`;
  throw new LitigationError(
    'NOT_ANCHORED',
    `the checkpoint of ${checkpoint.size} entries is not anchored yet: ${why}`,
    waiting.reason?.remedy ?? 'Try again when the chain answers.',
  );
}

function countOutcomes(outcomes: CaseOutcome[]) {
  const count = (wanted: CaseOutcome['outcome']) =>
    outcomes.filter(({ outcome }) => outcome === wanted).length;
  return {
    prepared: count('prepared'),
    kept: count('kept'),
    blocked: count('blocked'),
    failed: count('failed'),
  };
}

function printOutcome(it: CaseOutcome): void {
  switch (it.outcome) {
    case 'prepared': {
      const { pageCount, exhibits, size } = it.package;
      const kilobytes = Math.round(size / 1024);
      const codes = it.row.codes.join(' ');
      print(
        `✔ ${it.reference}  ${it.caseId}  ${it.row.currency} ${it.row.total}  ${pageCount} pages, ${exhibits} exhibits, ${kilobytes} KB  ${codes}`,
      );
      return;
    }
    case 'kept':
      print(`= ${it.reference}  ${it.caseId}  kept`);
      return;
    case 'blocked':
      print(`✘ ${it.reference}  not ready: ${it.row.codes.join(' ')}`);
      return;
    case 'failed':
      print(`! ${it.reference}  ${it.code}: ${it.message}`);
  }
}
