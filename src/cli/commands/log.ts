import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { Installation } from '../../compose.ts';
import { encodeConsistencyFile } from '../../formats/consistency-file.ts';
import { parseWitnessKey } from '../../formats/cosignature.ts';
import { evidenceNoOf, withInstallation } from '../named-loan.ts';
import { EXIT, print, printJson } from '../output.ts';
import { printHistory } from './loan-proof.ts';
import { addAuditCommands } from './log-audit.ts';
import { addEntryCommands, type OutputOption, write } from './log-entry.ts';

/** `cunzheng log`: the log itself, its check, and proofs out of it. */
export function addLogCommand(program: Command): void {
  const log = program.command('log').description('the evidence log: status, check, audit, proofs');
  addAuditCommands(log);
  log
    .command('status')
    .description('size, head and last anchor')
    .option('--json')
    .action((options: { json?: boolean }) => withInstallation((it) => status(it, options)));
  log
    .command('check')
    .description('recompute everything from the entries and name whatever was changed')
    .option('--json')
    .addHelpText('after', '\nExit: 0 everything is as it was written, 1 something was changed.')
    .action((options: { json?: boolean }) => withInstallation((it) => check(it, options)));
  log
    .command('history')
    .description('the deposits of a loan')
    .argument('<evidence number or loan reference>')
    .action((name: string) => withInstallation((it) => printHistory(it, name)));
  addEntryCommands(log);
  log
    .command('completeness')
    .description('write the proof that the deposits of a loan are all there are')
    .argument('<evidence number or loan reference>')
    .option('-o, --out <file>')
    .action((name: string, options: OutputOption) =>
      withInstallation(async (it) =>
        write(await it.evidence.completeness(await evidenceNoOf(it, name)), options),
      ),
    );
  log
    .command('add-cosignature')
    .description('publish an auditor’s cosignature with the checkpoint that it is of')
    .argument('<file>', 'cosigned checkpoint, as "log audit --cosign" wrote it')
    .requiredOption('--witness <vkey>', 'the auditor’s verifier key, got from the auditor')
    .action((file: string, { witness }: { witness: string }) =>
      withInstallation(async (it) => {
        const note = readFileSync(file, 'utf8');
        const key = parseWitnessKey(witness);
        const { size, added } = await it.evidence.addCosignature(note, key);
        print(`checkpoint of ${size} entries: ${added} new from ${key.name}`);
        return EXIT.passed;
      }),
    );
  log
    .command('consistency')
    .description('write the proof that a later head of the log begins with an earlier one')
    .argument('<size>', 'of the earlier head', wholeNumber)
    .argument('[later]', 'size of the later head; default: the latest checkpoint', wholeNumber)
    .option('-o, --out <file>')
    .action((size: number, later: number | undefined, options: OutputOption) =>
      withInstallation(async (it) => write(await consistency(it, size, later), options)),
    );
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new InvalidArgumentError('a size is a whole number from 1.');
}

async function consistency({ evidence }: Installation, oldSize: number, later?: number) {
  const { size: newSize } = await evidence.checkpoint(later);
  if (oldSize > newSize) throw new InvalidArgumentError(`the head has ${newSize} entries only.`);
  return encodeConsistencyFile({
    oldSize,
    oldRoot: await evidence.rootAt(oldSize),
    newSize,
    newRoot: await evidence.rootAt(newSize),
    hashes: await evidence.consistencyProof(oldSize, newSize),
  });
}

async function status({ evidence, anchorsOf }: Installation, { json }: { json?: boolean }) {
  const checkpoint = await evidence.latestCheckpoint();
  const anchors = checkpoint === undefined ? [] : await anchorsOf(checkpoint);
  const entries = await evidence.treeSize();
  if (json) {
    printJson({
      entries,
      vkey: evidence.vkey,
      checkpoint: checkpoint?.note ?? null,
      anchors: anchors.map((anchor) => ({ ...anchor })),
    });
    return EXIT.passed;
  }
  print(`log key   ${evidence.vkey}`);
  print(`entries   ${entries}`);
  print(
    `head      ${checkpoint ? `${checkpoint.size} entries, ${checkpoint.publishedAt}` : 'none yet'}`,
  );
  for (const { target, blockNumber, txHash, chainId } of anchors) {
    print(`anchored  ${target}: chain ${chainId}, block ${blockNumber}, transaction ${txHash}`);
  }
  return EXIT.passed;
}

async function check(installation: Installation, { json }: { json?: boolean }) {
  const result = await installation.check();
  if (json) printJson({ ...result });
  else {
    const { entries, checkpoints, files, objects, erased } = result;
    const gone = erased === 0 ? '' : `; ${erased} entries are of erased loans`;
    print(
      `recomputed ${entries} entries, ${checkpoints} checkpoints, ${files} log files, ${objects} objects${gone}`,
    );
    for (const finding of result.findings) print(`✘ ${finding}`);
    print(
      result.findings.length === 0
        ? '✔ everything is as it was written'
        : 'restore from the backup',
    );
  }
  return result.findings.length === 0 ? EXIT.passed : EXIT.failed;
}
