import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Command } from 'commander';
import {
  createWitnessKey,
  openLogFiles,
  openWitnessKey,
  writeAuditState,
} from '../../compose-audit.ts';
import { readHistories } from '../../compose-verify.ts';
import { parseCheckpoint } from '../../formats/checkpoint.ts';
import { cosignatureLine, withSignatures } from '../../formats/cosignature.ts';
import { CodedError } from '../../formats/errors.ts';
import { keyFingerprint } from '../../formats/note.ts';
import { parsePolicy, type TrustPolicy } from '../../formats/policy.ts';
import { type Audit, auditLog } from '../../verify/audit/audit-log.ts';
import { parseAuditState } from '../../verify/audit/audit-state.ts';
import { renderReport } from '../../verify/render-report.ts';
import { reportToJson } from '../../verify/report.ts';
import { collect, EXIT, languageOf, Progress, print, printJson } from '../output.ts';

interface AuditOptions {
  policy?: string;
  rpc?: string[];
  state?: string;
  apiKeyFile?: string;
  receipts?: string[];
  cosign?: string;
  out?: string;
  lang?: string;
  json?: boolean;
}

/** Options of an audit that do not go together. */
export class AuditUseError extends CodedError<'AUDIT_OPTIONS_INVALID'> {}

/** `cunzheng log audit` and `log cosign-key`: for an auditor; neither opens an installation. */
export function addAuditCommands(log: Command): void {
  log
    .command('audit')
    .description('replay a log from its public files: no database, no trust in the operator')
    .argument('<url or folder>', 'where "checkpoint" and "tile/" lie')
    .option('--policy <file>', 'whom you trust: policy.json, got by another way than the log')
    .option(
      '--rpc <url>',
      'your own node: compares every anchored head; NAME=URL for one registry; may be repeated',
      collect,
    )
    .option('--state <file>', 'your own record: the next audit reads only what is new since')
    .option('--api-key-file <file>', 'file with an auditor’s key, for entry bundles over HTTP')
    .option('--receipts <files...>', 'receipts to hold against the log')
    .option('--cosign <file>', 'your key: cosign the checkpoint if the audit passes')
    .option('-o, --out <file>', 'where the cosigned checkpoint goes; default: the terminal')
    .option('--lang <zh|en>', 'language of the report')
    .option('--json', 'report as JSON')
    .addHelpText('after', '\nExit: 0 passed, 1 failed, 2 wrong use, 3 indeterminate.')
    .action(async (place: string, options: AuditOptions) => {
      process.exitCode = await audit(place, options);
    });
  log
    .command('cosign-key')
    .description('make an auditor’s key for cosigning checkpoints; prints its verifier key')
    .argument('<file>', 'private key, mode 0600')
    .requiredOption(
      '--name <name>',
      'of the auditor, as a URL without scheme: auditor.example/2026',
    )
    .action((file: string, { name }: { name: string }) => {
      const { key } = createWitnessKey(file, name);
      print(key.vkey);
      print(`fingerprint ${keyFingerprint(key)}`);
    });
}

async function audit(place: string, options: AuditOptions): Promise<number> {
  const policy =
    options.policy === undefined ? undefined : parsePolicy(readFileSync(options.policy));
  requireUse(options, policy);
  const began = performance.now();
  const result = await run(place, options, policy);
  const seconds = (performance.now() - began) / 1000;
  const { report, state } = result;
  if (state !== undefined && options.state !== undefined) {
    await writeAuditState(options.state, state);
  }
  const cosigned = cosign(result, options);
  if (options.json)
    printJson({ ...(reportToJson(report) as object), ...(cosigned && { cosigned }) });
  else {
    print(renderReport(report, languageOf(options.lang, process.env)));
    const { replayed = 0 } = report.facts;
    if (replayed > 0)
      print(`${replayed} entries in ${seconds.toFixed(1)} s, ${rate(replayed, seconds)}`);
    if (cosigned !== undefined) printCosigned(cosigned, options);
    else if (options.cosign !== undefined) print('not cosigned: the audit did not pass');
  }
  return EXIT[report.verdict];
}

const rate = (count: number, seconds: number): string =>
  `${Math.round(count / Math.max(seconds, 0.001))} entries/s`;

function requireUse({ cosign, state, rpc }: AuditOptions, policy: TrustPolicy | undefined): void {
  const refuse = (problem: string, remedy: string) => {
    throw new AuditUseError('AUDIT_OPTIONS_INVALID', problem, remedy);
  };
  if (cosign !== undefined && state === undefined) {
    const remedy = 'Add --state FILE: without it you could cosign two histories.';
    refuse('--cosign needs a record of what was cosigned before', remedy);
  }
  if (rpc !== undefined && policy === undefined) {
    refuse('--rpc needs --policy', 'The policy names the registries that your node is asked for.');
  }
}

async function run(
  place: string,
  { rpc, state, apiKeyFile, receipts = [] }: AuditOptions,
  policy: TrustPolicy | undefined,
): Promise<Audit> {
  // Before the log: a head that is anchored meanwhile must not look as if the log lacked it.
  const histories = rpc && policy ? await readHistories(policy, rpc) : undefined;
  const apiKey = apiKeyFile === undefined ? undefined : readFileSync(apiKeyFile, 'utf8').trim();
  const progress = new Progress('replaying');
  try {
    return await auditLog({
      files: openLogFiles(place, apiKey),
      context: { now: new Date(), ...(policy === undefined ? {} : { policy }) },
      ...(histories === undefined ? {} : { histories }),
      ...(state && existsSync(state) ? { state: parseAuditState(readFileSync(state)) } : {}),
      receipts: receipts.map((path) => ({ name: basename(path), text: receiptText(path) })),
      onProgress: (done, total) => progress.update(done, total),
    });
  } finally {
    progress.end();
  }
}

/** A receipt that was saved from a terminal ends in a newline that is none of its bytes. */
function receiptText(path: string): string {
  return readFileSync(path, 'utf8').replace(/\n$/, '');
}

/** The cosigned checkpoint; nothing unless the whole audit passed. */
function cosign({ report, note, state }: Audit, options: AuditOptions): string | undefined {
  if (options.cosign === undefined || report.verdict !== 'passed') return undefined;
  if (note === undefined || state === undefined) return undefined;
  const { key, sign } = openWitnessKey(options.cosign);
  const time = Math.floor(Date.now() / 1000);
  const line = cosignatureLine(parseCheckpoint(note).note.text, key, sign, time);
  return withSignatures(note, [line]);
}

function printCosigned(cosigned: string, { out }: AuditOptions): void {
  if (out === undefined) {
    process.stdout.write(`\n${cosigned}`);
    return;
  }
  writeFileSync(out, cosigned);
  print(`cosigned checkpoint: ${out}`);
}
