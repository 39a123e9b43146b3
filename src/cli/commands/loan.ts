import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import type { Installation } from '../../compose.ts';
import type { Acknowledgement, Decision } from '../../evidence/index.ts';
import { evidenceNoOf, withInstallation } from '../named-loan.ts';
import { EXIT, print, printJson } from '../output.ts';
import { addLoanProofCommands } from './loan-proof.ts';

const LOAN = '<evidence number or loan reference>';

interface DecisionOptions extends Decision {
  json?: boolean;
}

/** `cunzheng loan`: what is deposited of a loan, the proof that it is all, holds and erasure. */
export function addLoanCommand(program: Command): void {
  const loan = program
    .command('loan')
    .description('a loan: its history, the proof that it is all, legal hold, erasure');
  addLoanProofCommands(loan);
  loan
    .command('show')
    .description('holds that stand, or the erasure')
    .argument(LOAN)
    .option('--json')
    .action((name: string, options: { json?: boolean }) =>
      withInstallation((it) => show(it, name, options.json === true)),
    );
  decided(loan.command('hold').description('keep a loan from being erased').argument(LOAN)).action(
    (name: string, options: DecisionOptions) =>
      withInstallation(async (it) => {
        const evidenceNo = await evidenceNoOf(it, name);
        return placed(
          it,
          await it.evidence.custody.placeHold(evidenceNo, decision(options)),
          options,
        );
      }),
  );
  decided(
    loan
      .command('release')
      .description('release a legal hold')
      .argument(LOAN)
      .argument('<number>', 'of the entry that placed the hold', Number),
  ).action((name: string, seq: number, options: DecisionOptions) =>
    withInstallation(async (it) => {
      const evidenceNo = await evidenceNoOf(it, name);
      const done = await it.evidence.custody.releaseHold(evidenceNo, seq, decision(options));
      return placed(it, done, options);
    }),
  );
  addExport(loan);
  addErase(loan);
}

function addExport(loan: Command): void {
  decided(
    loan
      .command('export')
      .description('write all contents of a loan to a folder, and record that they went out')
      .argument(LOAN)
      .requiredOption('--to <recipient>', 'court or office that gets them')
      .requiredOption('-o, --out <folder>', 'a new folder'),
  ).action((name: string, options: DecisionOptions & { to: string; out: string }) =>
    withInstallation((it) => exportContents(it, name, options)),
  );
}

/** Recorded first: nothing goes out without a record. */
async function exportContents(
  installation: Installation,
  name: string,
  options: DecisionOptions & { to: string; out: string },
): Promise<number> {
  const { evidence } = installation;
  const evidenceNo = await evidenceNoOf(installation, name);
  const history = await evidence.history(evidenceNo);
  const done = await evidence.custody.disclose(evidenceNo, decision(options), {
    kind: 'exported',
    to: options.to,
    what: 'content',
    seqs: history.map(({ statement }) => statement.seq),
  });
  mkdirSync(options.out, { mode: 0o700 });
  for (const { statement } of history) {
    // By number and not by the deposited name, which somebody else chose.
    const file = join(options.out, `${String(statement.seq).padStart(5, '0')}-${statement.kind}`);
    writeFileSync(file, await evidence.content(evidenceNo, statement.seq), { mode: 0o600 });
  }
  return placed(installation, done, options);
}

function addErase(loan: Command): void {
  decided(
    loan
      .command('erase')
      .description('destroy what was deposited; entries and proofs stand')
      .argument(LOAN)
      .option('--yes', 'do not ask'),
  )
    .addHelpText(
      'after',
      '\nRefused while a legal hold or a filing stands, and before CUNZHENG_RETENTION_DAYS are over.' +
        '\nIt cannot be undone. Delete all older backups of secrets.db as well (docs/privacy.md).',
    )
    .action((name: string, options: DecisionOptions & { yes?: boolean }) =>
      withInstallation((it) => erase(it, name, options)),
    );
}

/** The options of every decision; both stay readable for ever. */
function decided(command: Command): Command {
  return command
    .requiredOption('--ground <text>', 'provision, request or matter; no personal data')
    .requiredOption('--by <office>', 'office or account that decided; no personal name')
    .option('--json');
}

const decision = ({ by, ground }: DecisionOptions): Decision => ({ by, ground });

async function placed(
  installation: Installation,
  { evidenceNo, seq, leafIndex, receipt }: Acknowledgement,
  { json }: DecisionOptions,
): Promise<number> {
  await installation.publishAndAnchor();
  if (json) printJson({ evidenceNo, seq, leafIndex, receipt });
  else print(`recorded: ${evidenceNo} number ${seq}, log index ${leafIndex}`);
  return EXIT.passed;
}

async function show(installation: Installation, name: string, json: boolean): Promise<number> {
  const { custody } = installation.evidence;
  const evidenceNo = await evidenceNoOf(installation, name);
  const erasure = await custody.erasure(evidenceNo);
  const holds = erasure === undefined ? await custody.holds(evidenceNo) : [];
  if (json) {
    printJson({
      evidenceNo,
      holds: holds.map((hold) => ({ ...hold })),
      erasure: erasure === undefined ? null : { ...erasure },
    });
    return EXIT.passed;
  }
  print(evidenceNo);
  if (erasure !== undefined) {
    print(`erased    ${erasure.erasedAt}, number ${erasure.seq}: ${erasure.title}`);
  } else if (holds.length === 0) print('no legal hold stands');
  for (const { seq, placedAt, title } of holds)
    print(`held      ${placedAt}, number ${seq}: ${title}`);
  return EXIT.passed;
}

async function erase(
  installation: Installation,
  name: string,
  options: DecisionOptions & { yes?: boolean },
): Promise<number> {
  const evidenceNo = await evidenceNoOf(installation, name);
  if (options.yes !== true && !(await confirmed(evidenceNo))) {
    print('nothing was erased');
    return EXIT.usage;
  }
  const erasure = await installation.evidence.custody.erase(evidenceNo, decision(options));
  await installation.publishAndAnchor();
  if (options.json) printJson({ ...erasure });
  else {
    print(`erased: ${evidenceNo}, tombstone number ${erasure.seq}, log index ${erasure.leafIndex}`);
    print('its contents, statements and reference can be read by nobody; proofs still hold');
    print('now delete all older backups of secrets.db (docs/privacy.md)');
  }
  return EXIT.passed;
}

/** On a terminal the number must be typed; elsewhere `--yes` is the only yes. */
async function confirmed(evidenceNo: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`Type ${evidenceNo} to erase this loan for ever: `);
    return answer.trim() === evidenceNo;
  } finally {
    terminal.close();
  }
}
