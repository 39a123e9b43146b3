import { writeFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { type Installation, openInstallation } from '../../compose.ts';
import { readFilingProfile } from '../../compose-litigation.ts';
import { readConfig } from '../../config.ts';
import { LitigationError } from '../../litigation/errors.ts';
import { assessReadiness } from '../../litigation/matter/assess-readiness.ts';
import type { FilingProfile } from '../../litigation/matter/filing-profile.ts';
import type { Matter, Readiness } from '../../litigation/matter/matter.ts';
import { openMatter } from '../../litigation/matter/open-matter.ts';
import { readinessCsv, summariseReadiness } from '../../litigation/matter/summarise-readiness.ts';
import type { Language } from '../../verify/messages.ts';
import { EXIT, languageOf, Progress, print, printJson, table } from '../output.ts';

export interface BatchOptions {
  asOf: string;
  filing: string;
  loan?: string[];
  json?: boolean;
  lang?: string;
}

/** A calendar day as the command line takes it. */
export function day(text: string): string {
  const date = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text) && date.toISOString().startsWith(text)) return text;
  throw new InvalidArgumentError('a day is YYYY-MM-DD.');
}

/** Options shared by `matter` and `package`. */
export function batchOptions(command: Command): Command {
  return command
    .requiredOption('--as-of <day>', 'claims are calculated up to this day', day)
    .requiredOption('--filing <name|file>', 'filing profile (docs/filing-profiles.md)')
    .option('--loan <reference...>', 'only these loans; default: all')
    .option('--lang <zh|en>', 'language of the report')
    .option('--json', 'one JSON object');
}

/** `cunzheng matter`: what each loan is worth in court, and what is missing, before anything is filed. */
export function addMatterCommand(program: Command): void {
  batchOptions(
    program
      .command('matter')
      .description('assess the readiness of loans for filing; renders nothing'),
  )
    .option('--csv <file>', 'also write the table as CSV')
    .action(async (options: BatchOptions & { csv?: string }) => {
      const installation = await openInstallation(readConfig());
      try {
        process.exitCode = await plan(installation, options);
      } finally {
        await installation.close();
      }
    });
}

async function plan(
  installation: Installation,
  options: BatchOptions & { csv?: string },
): Promise<number> {
  const profile = readFilingProfile(installation.config.projectFolder, options.filing);
  const loans = await chosenLoans(installation, options.loan);
  const { checkpoint } = await installation.publishAndAnchor();
  const progress = new Progress('assessing');
  const list: { matter: Matter; readiness: Readiness }[] = [];
  for (const { evidenceNo } of loans) {
    const request = requestFor(profile, options.asOf, checkpoint?.size ?? 0);
    const matter = await openMatter(installation.evidence, { ...request, evidenceNo });
    list.push({ matter, readiness: assessReadiness(matter) });
    progress.update(list.length, loans.length);
  }
  progress.end();
  const summary = summariseReadiness(list);
  if (options.csv !== undefined)
    writeFileSync(options.csv, readinessCsv(summary.rows), { mode: 0o600 });
  if (options.json) {
    const findings = list.map(({ matter, readiness }) => ({
      loan: matter.reference,
      ...readiness,
    }));
    printJson(JSON.parse(JSON.stringify({ ...summary, findings })));
  } else {
    const language = languageOf(options.lang, process.env);
    for (const { matter, readiness } of list) printFindings(matter, readiness, language);
    print(`${summary.loans} loans, ${summary.ready} ready to file as of ${options.asOf}`);
  }
  return EXIT.passed;
}

/** What a filing asks of a case, but for the loan. */
export function requestFor(profile: FilingProfile, cutOff: string, checkpointSize: number) {
  return { profile, cutOff, checkpointSize, preparedOn: new Date().toISOString().slice(0, 10) };
}

/** @throws LitigationError NOTHING_DEPOSITED for a reference that was never deposited */
export async function chosenLoans(installation: Installation, references: string[] | undefined) {
  const all = await installation.evidence.listLoans();
  if (references === undefined) return all;
  const known = new Map(all.map((loan) => [loan.reference, loan]));
  return references.map((reference) => {
    const loan = known.get(reference);
    if (loan !== undefined) return loan;
    const what = `nothing was deposited for loan ${JSON.stringify(reference)}`;
    throw new LitigationError('NOTHING_DEPOSITED', what, 'Check the reference, or deposit first.');
  });
}

function printFindings(matter: Matter, readiness: Readiness, language: Language): void {
  const total = matter.claim ? `${matter.claim.currency} ${matter.claim.lines.total}` : '–';
  print(`${readiness.ready ? '✔' : '✘'} ${matter.reference}  ${total}`);
  const rows = readiness.findings.map((finding) => [
    `    ${finding.severity}`,
    finding.code,
    finding[language],
  ]);
  if (rows.length > 0) print(table(rows));
}
