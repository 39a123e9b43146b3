import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { type AsOf, parseAsOf } from '../../claim/as-of.ts';
import { observeChain, searchFirst } from '../../compose-verify.ts';
import { parseConsistencyFile } from '../../formats/consistency-file.ts';
import { parsePolicy, type TrustPolicy } from '../../formats/policy.ts';
import type { Material } from '../../verify/look-up.ts';
import { renderReport } from '../../verify/render-report.ts';
import { reportToJson, type VerificationReport } from '../../verify/report.ts';
import type { VerifierContext } from '../../verify/trust.ts';
import { verifyCompleteness, verifyReceipt } from '../../verify/verify-completeness.ts';
import { verifyFile } from '../../verify/verify-file.ts';
import { verifyPackage } from '../../verify/verify-package.ts';
import { collect, EXIT, languageOf, print, printJson } from '../output.ts';

interface VerifyOptions {
  proof?: string;
  completeness?: string;
  tombstone?: string;
  policy?: string;
  rpc?: string[];
  consistency?: string[];
  at?: string;
  lang?: string;
  json?: boolean;
}

/** `cunzheng verify`: needs no server, no database and, without --rpc, no network. */
export function addVerifyCommand(program: Command): void {
  program
    .command('verify')
    .description('verify a case package, a file with its proof, a receipt, or a completeness proof')
    .argument(
      '<file>',
      'package (.zip), original file, receipt (.json) or completeness proof (.json)',
    )
    .option('--proof <file>', 'proof file of the original')
    .option('--completeness <file>', 'completeness proof to hold a receipt against')
    .option('--tombstone <file>', 'with a completeness proof: proof of the erasure of the loan')
    .option('--policy <file>', 'whom you trust: policy.json, got by another way than the package')
    .option(
      '--rpc <url>',
      'your own node: also looks the checkpoint up on the chain; NAME=URL for one registry of your policy; may be repeated',
      collect,
    )
    .option(
      '--consistency <file>',
      'proof that a later head begins with this checkpoint: its record on a chain then counts too; may be repeated',
      collect,
    )
    .option(
      '--at <date>',
      'as of when a completeness proof must speak: a date (to its end, 24:00 UTC+8) or RFC 3339 time; with --rpc its checkpoint must be the first one anchored since',
    )
    .option('--lang <zh|en>', 'language of the report')
    .option('--json', 'report as JSON')
    .addHelpText('after', '\nExit: 0 passed, 1 failed, 2 wrong use, 3 indeterminate.')
    .action(async (file: string, options: VerifyOptions) => {
      process.exitCode = await verify(file, options);
    });
}

async function verify(path: string, options: VerifyOptions): Promise<number> {
  const bytes = withoutLineEnd(readFileSync(path), options.proof !== undefined);
  const policy =
    options.policy === undefined ? undefined : parsePolicy(readFileSync(options.policy));
  const proof =
    options.proof === undefined ? undefined : new Uint8Array(readFileSync(options.proof));
  const material = materialOf(bytes, proof);
  const context = await contextOf(material, policy, options);
  const report = judge(material, bytes, proof, options, context);
  if (options.json) printJson(reportToJson(report));
  else print(renderReport(report, languageOf(options.lang, process.env)) + hint(report, policy));
  return EXIT[report.verdict];
}

/**
 * A receipt or proof that was saved from a terminal ends in a newline that is none of its bytes. An
 * original is taken as it is.
 */
function withoutLineEnd(bytes: Uint8Array, isOriginal: boolean): Uint8Array {
  const isJson = !isOriginal && bytes[0] === 0x7b && bytes.at(-1) === 0x0a;
  return new Uint8Array(isJson ? bytes.subarray(0, -1) : bytes);
}

type Handed = Material | { form: 'receipt'; bytes: Uint8Array };

/** What was handed in, told by its content. */
function materialOf(bytes: Uint8Array, proof: Uint8Array | undefined): Handed {
  if (proof !== undefined) return { form: 'proof', bytes: proof };
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return { form: 'package', bytes };
  const head = new TextDecoder().decode(bytes);
  const type = /"type":"(receipt|completeness|proof)","v":1\}\s*$/.exec(head)?.[1];
  if (type === 'receipt') return { form: 'receipt', bytes };
  if (type === 'completeness') return { form: 'completeness', bytes };
  if (type === 'proof') return { form: 'proof', bytes };
  return { form: 'package', bytes };
}

async function contextOf(
  material: Handed,
  policy: TrustPolicy | undefined,
  { rpc, consistency = [], at }: VerifyOptions,
): Promise<VerifierContext> {
  const links = consistency.map((path) =>
    parseConsistencyFile(withoutLineEnd(readFileSync(path), false)),
  );
  const context: VerifierContext = {
    now: new Date(),
    ...(policy === undefined ? {} : { policy }),
    ...(links.length === 0 ? {} : { links }),
    ...(at === undefined ? {} : await momentContext(parseAsOf(at), policy, rpc)),
  };
  if (rpc === undefined || material.form === 'receipt') return context;
  return { ...context, observations: await observeChain(material, policy, rpc, links) };
}

/** The verifier picks the moment, and looks for its checkpoint on a node of their own. */
async function momentContext(
  asOf: AsOf,
  policy: TrustPolicy | undefined,
  rpc: string[] | undefined,
): Promise<Pick<VerifierContext, 'asOf' | 'searches'>> {
  if (rpc === undefined || policy === undefined) return { asOf };
  return { asOf, searches: await searchFirst(policy, rpc, asOf.instant) };
}

function judge(
  material: Handed,
  bytes: Uint8Array,
  proof: Uint8Array | undefined,
  options: VerifyOptions,
  context: VerifierContext,
): VerificationReport {
  switch (material.form) {
    case 'package':
      return verifyPackage(bytes, context);
    case 'proof':
      return verifyFile(proof === undefined ? undefined : bytes, material.bytes, context);
    case 'completeness':
      return verifyCompleteness(bytes, context, tombstoneOf(options));
    case 'receipt': {
      const all = options.completeness;
      return verifyReceipt(bytes, all === undefined ? undefined : readFileSync(all), context);
    }
  }
}

function tombstoneOf({ tombstone }: VerifyOptions): Uint8Array | undefined {
  return tombstone === undefined ? undefined : withoutLineEnd(readFileSync(tombstone), false);
}

/** How to name a key that the policy lacks. */
function hint(report: VerificationReport, policy: TrustPolicy | undefined): string {
  const { signerRoot } = report.facts;
  if (report.verdict !== 'indeterminate' || !report.notChecked.includes('TRUST')) return '';
  const lines = [
    policy === undefined
      ? 'To reach a verdict, pass --policy policy.json: the lender publishes it; compare its fingerprints by another way than this package.'
      : 'Your policy does not name whoever signed this. If you trust them, add them to it.',
  ];
  if (signerRoot) lines.push(`  signing root (SHA-256): ${signerRoot}`);
  for (const { id, detail } of report.checks) {
    if (id === 'checkpoint.signature' && detail) lines.push(`  log key: ${detail}`);
  }
  return `${[...new Set(lines)].join('\n')}\n`;
}
