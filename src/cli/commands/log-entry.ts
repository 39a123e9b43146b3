import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { Installation } from '../../compose.ts';
import type { Decision } from '../../evidence/index.ts';
import { evidenceNoOf, withInstallation } from '../named-loan.ts';
import { EXIT } from '../output.ts';

export interface OutputOption {
  out?: string;
}

interface DisclosedOption extends OutputOption, Decision {
  to?: string;
}

const LOAN = '<evidence number or loan reference>';

/** `cunzheng log receipt`, `proof` and `content`: of one deposit. */
export function addEntryCommands(log: Command): void {
  entryCommand(log, 'receipt').action((name: string, seq: number, options: OutputOption) =>
    withInstallation(async (it) =>
      write(await it.evidence.receipt(await evidenceNoOf(it, name), seq), options),
    ),
  );
  for (const kind of ['proof', 'content'] as const) {
    entryCommand(log, kind)
      .requiredOption('--ground <text>', 'why it is needed: provision or matter; no personal data')
      .requiredOption('--by <office>', 'office or account that asks; no personal name')
      .option('--to <recipient>', 'court or office that gets it; default: who asks')
      .addHelpText('after', '\nLeaves an entry in the history of the loan before it is written.')
      .action((name: string, seq: number, options: DisclosedOption) =>
        withInstallation((it) => disclose(it, kind, name, seq, options)),
      );
  }
}

function entryCommand(log: Command, kind: string): Command {
  return log
    .command(kind)
    .description(`write the ${kind} of one deposit`)
    .argument(LOAN)
    .argument('<number>', 'of the deposit within the loan, from 0', Number)
    .option('-o, --out <file>');
}

/** Recorded first: nothing goes out without a record. */
async function disclose(
  installation: Installation,
  kind: 'proof' | 'content',
  name: string,
  seq: number,
  { by, ground, to = by, out }: DisclosedOption,
): Promise<number> {
  const { evidence } = installation;
  const evidenceNo = await evidenceNoOf(installation, name);
  const bytes = await evidence[kind](evidenceNo, seq);
  // The tombstone is all that is left of an erased loan, and holds no personal data.
  if ((await evidence.custody.erasure(evidenceNo)) === undefined) {
    const what = kind === 'content' ? 'content' : 'statements';
    const disclosure = { kind: 'exported', to, what, seqs: [seq] } as const;
    await evidence.custody.disclose(evidenceNo, { by, ground }, disclosure);
  }
  return write(bytes, out === undefined ? {} : { out });
}

/** To a file that only the service's user may read, or to the terminal. */
export function write(content: string | Uint8Array, { out }: OutputOption): number {
  if (out !== undefined) writeFileSync(out, content, { mode: 0o600 });
  else process.stdout.write(content);
  return EXIT.passed;
}
