import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { parseAsOf } from '../../claim/as-of.ts';
import { describeLateness, type Lateness } from '../../claim/lateness.ts';
import type { Installation } from '../../compose.ts';
import { registriesByClock } from '../../formats/policy.ts';
import type { Language } from '../../verify/messages.ts';
import { describeCheckpointAt } from '../describe-checkpoint-at.ts';
import { evidenceNoOf, withInstallation } from '../named-loan.ts';
import { EXIT, languageOf, print, printJson, table } from '../output.ts';

interface ProveOptions {
  at?: string;
  by?: string;
  out?: string;
  lang?: string;
  json?: boolean;
}

/** `cunzheng loan list`, `history` and `prove`. */
export function addLoanProofCommands(loan: Command): void {
  loan
    .command('list')
    .description('all loans: reference and evidence number')
    .option('--json', 'one object a line')
    .action((options: { json?: boolean }) =>
      withInstallation((it) => list(it, options.json === true)),
    );
  loan
    .command('history')
    .description('the deposits of a loan')
    .argument('<evidence number or loan reference>')
    .option('--json', 'one object a line')
    .option('--lang <zh|en>', 'language of the remarks')
    .action((name: string, options: { json?: boolean; lang?: string }) =>
      withInstallation((it) => printHistory(it, name, options)),
    );
  loan
    .command('prove')
    .description('write the proof that these are all deposits of the loan as of a date')
    .argument('<evidence number or loan reference>')
    .option('--at <date>', 'a date (to its end, 24:00 UTC+8) or RFC 3339 time; default: latest')
    .option('--by <registry>', 'whose block time counts; default: the best clock there is')
    .option('-o, --out <file>', 'default: the terminal')
    .option('--lang <zh|en>', 'language of the explanation')
    .option('--json', 'explanation as JSON')
    .addHelpText(
      'after',
      '\nOf the checkpoints the first one that was anchored at or after the date. Verify with' +
        '\n"cunzheng verify FILE --at DATE --policy policy.json --rpc URL".',
    )
    .action((name: string, options: ProveOptions) =>
      withInstallation((it) => prove(it, name, options)),
    );
}

async function list({ evidence }: Installation, json: boolean): Promise<number> {
  const loans = await evidence.listLoans();
  if (json) for (const loan of loans) printJson({ ...loan });
  else if (loans.length > 0) {
    print(table(loans.map(({ reference, evidenceNo }) => [reference, evidenceNo])));
  }
  return EXIT.passed;
}

/** A loan's deposits, one a line, each with what stands out in its times. */
export async function printHistory(
  installation: Installation,
  name: string,
  { json = false, lang }: { json?: boolean; lang?: string } = {},
): Promise<number> {
  const { evidence } = installation;
  const evidenceNo = await evidenceNoOf(installation, name);
  const language = languageOf(lang, process.env);
  const history = await evidence.history(evidenceNo);
  const times = await evidence.timesOf(history);
  if (!json) print(evidenceNo);
  for (const [at, { statement, leafIndex }] of history.entries()) {
    const { seq, kind, occurredAt, receivedAt } = statement;
    const one = times[at];
    if (json) {
      printJson({ evidenceNo, seq, kind, occurredAt, receivedAt, leafIndex, times: { ...one } });
      continue;
    }
    const number = String(seq).padStart(4);
    const when = `${occurredAt.slice(0, 10)}  ${kind}`;
    print(`${number}  ${when}  log index ${leafIndex}, received ${receivedAt}`);
    for (const line of one === undefined ? [] : timeLines(one, language)) print(`      ${line}`);
  }
  if (!json && times.some(({ state }) => state === 'late')) print(LATE[language]);
  return EXIT.passed;
}

const LATE = {
  zh: '迟存不等于不真实：日志只证明存证之后未被改动，此前的真实性须另行证明（在线诉讼规则第十八条）。',
  en: 'Late is not false: the log shows no change since the deposit; what was before must be shown otherwise.',
};

/** The time that fixed the deposit for others, and what stands out. */
function timeLines(times: Lateness, language: Language): string[] {
  const { fixed } = times;
  const isZh = language === 'zh';
  const at = fixed?.at.replace('.000Z', 'Z');
  const known =
    fixed == null ? [] : [isZh ? `最早固定于${at}（${fixed.by}）` : `fixed ${at} (${fixed.by})`];
  const remarks = describeLateness(times, language).map((text) => `! ${text}`);
  return [...known, ...remarks];
}

/** The explanation goes where the proof does not: to the terminal beside a file, else to stderr. */
async function prove(it: Installation, name: string, options: ProveOptions): Promise<number> {
  const evidenceNo = await evidenceNoOf(it, name);
  const say = (text: string) =>
    options.out === undefined ? process.stderr.write(`${text}\n`) : print(text);
  let size: number | undefined;
  if (options.at !== undefined) {
    const asOf = parseAsOf(options.at);
    const targets = options.by === undefined ? registriesByClock(it.policy) : [options.by];
    const found = await it.evidence.checkpointAt(asOf, targets);
    size = found.checkpoint.size;
    const { anchor } = found;
    const registry = it.policy.registries.find((known) => known.name === anchor.target);
    const weight = registry?.timeWeight ?? 'none';
    if (options.json) {
      const { target, blockNumber, blockTime } = anchor;
      const instant = new Date(asOf.instant).toISOString();
      say(
        JSON.stringify({
          evidenceNo,
          at: asOf.text,
          instant,
          size,
          target,
          blockNumber,
          blockTime,
          weight,
        }),
      );
    } else say(describeCheckpointAt(asOf, found, weight, languageOf(options.lang, process.env)));
  }
  const proof = await it.evidence.completeness(evidenceNo, size);
  if (options.out === undefined) process.stdout.write(proof);
  else writeFileSync(options.out, proof, { mode: 0o600 });
  return EXIT.passed;
}
