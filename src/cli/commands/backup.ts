import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { createBackup } from '../../compose-backup.ts';
import { forgetErased } from '../../compose-forget.ts';
import { restoreBackup, verifyBackup } from '../../compose-restore.ts';
import { readConfig } from '../../config.ts';
import { parseCheckpoint } from '../../formats/checkpoint.ts';
import { EXIT, print, printJson } from '../output.ts';

interface Options {
  withSecrets?: string;
  head?: string;
  json?: boolean;
}

const SECRETS = '--with-secrets <folder>';
const HEAD = 'newest checkpoint that a court, an auditor or a chain has of this log';

/** `cunzheng backup`: copies of an installation, their check, and the way back. */
export function addBackupCommand(program: Command): void {
  const backup = program.command('backup').description('copies of this installation');
  backup
    .command('create')
    .description('copy the installation, also while its service runs')
    .argument('<folder>', 'new; gets what cannot be read without the secrets')
    .option(SECRETS, 'new; gets keys, loan secrets, packages and settings')
    .option('--json')
    .action(run(create));
  backup
    .command('verify')
    .description('hold a backup against its list, its entries and the signed checkpoint')
    .argument('<folder>')
    .option(SECRETS, 'recompute everything as "log check" does')
    .option('--head <file>', HEAD)
    .option('--json')
    .addHelpText('after', '\nExit: 0 sound, 1 something was changed or the backup is too old.')
    .action(run(verify));
  backup
    .command('restore')
    .description('put a backup where an installation can be started from it')
    .argument('<folder>')
    .requiredOption(SECRETS, 'made together with it')
    .requiredOption('--to <data>', 'data folder: new or empty')
    .option('--head <file>', HEAD)
    .option('--json')
    .action(run(restore));
  backup
    .command('forget-erased')
    .description('destroy in a copy of the secrets what this installation has erased since')
    .argument('<folder>', 'made by "backup create --with-secrets"')
    .option('--json')
    .action(run(forget));
}

function run<T>(work: (folder: string, options: T) => Promise<number>) {
  return async (folder: string, options: T) => {
    process.exitCode = await work(folder, options);
  };
}

async function create(folder: string, { withSecrets, json }: Options): Promise<number> {
  const made = await createBackup(readConfig().dataFolder, {
    records: folder,
    ...(withSecrets === undefined ? {} : { secrets: withSecrets }),
  });
  if (json) {
    printJson({ ...made });
    return EXIT.passed;
  }
  const size = made.checkpoint === '' ? 0 : parseCheckpoint(made.checkpoint).size;
  print(`records  ${folder}: ${made.files} files, ${made.bytes} bytes`);
  print(`log      ${made.entries} entries, checkpoint of ${size}, ${made.createdAt}`);
  if (withSecrets === undefined) {
    print('secrets  not copied: keys, loan secrets, packages, settings');
    print('Without them nothing in this backup can be read, and no service started from it.');
    print('A copy of them: --with-secrets FOLDER, in another place, and short-lived.');
  } else {
    print(`secrets  ${withSecrets}: ${made.secretFiles} files`);
    print('Whoever has both folders can read everything and sign as the lender. Keep them apart.');
    print('After an erasure: "cunzheng backup forget-erased" on each copy, or delete it.');
  }
  return EXIT.passed;
}

async function verify(folder: string, options: Options): Promise<number> {
  const { withSecrets, head, json } = options;
  const parts = { records: folder, ...(withSecrets === undefined ? {} : { secrets: withSecrets }) };
  const note = head === undefined ? undefined : readFileSync(head, 'utf8');
  const result = await verifyBackup(parts, readConfig(), note);
  const { entries, covered, files, createdAt, isFull, findings } = result;
  if (json) printJson({ ...result });
  else {
    print(`${files} files of ${createdAt}; ${entries} entries, ${covered} under its checkpoint`);
    for (const finding of findings) print(`✘ ${finding}`);
    if (findings.length === 0) {
      print('✔ files, objects, root and signature are as they were written');
      print(
        isFull
          ? '✔ restored aside and recomputed: contents, seals, chain'
          : 'not checked without the secrets: contents, seals of rows, chain',
      );
    }
  }
  return findings.length === 0 ? EXIT.passed : EXIT.failed;
}

async function restore(
  folder: string,
  { withSecrets = '', to, head, json }: Options & { to: string },
): Promise<number> {
  const note = head === undefined ? undefined : readFileSync(head, 'utf8');
  const parts = { records: folder, secrets: withSecrets };
  const done = await restoreBackup(parts, { to, ...(note === undefined ? {} : { head: note }) });
  if (json) {
    printJson({ ...done, head: head !== undefined });
    return EXIT.passed;
  }
  print(`restored ${to}: ${done.entries} entries as of ${done.createdAt}`);
  if (head === undefined) {
    print('Deposits after that time are not in it. Before it takes new ones, compare it with the');
    print('newest checkpoint that left the house: "cunzheng backup verify FOLDER --head FILE".');
    print('If that is newer, do not start from this backup: the log would be given two histories.');
  } else print('the checkpoint given is one of this log, and not newer');
  print(`next: CUNZHENG_DATA=${to} cunzheng log check`);
  return EXIT.passed;
}

async function forget(folder: string, { json }: Options): Promise<number> {
  const done = await forgetErased(readConfig().dataFolder, folder);
  if (json) printJson({ ...done });
  else {
    print(`destroyed in ${folder}: ${done.secrets} loan secrets, ${done.packages} packages`);
    if (done.secrets > 0) {
      print('This copy can be read for the other loans; a service no longer starts from it.');
      print('Make a new backup now.');
    }
  }
  return EXIT.passed;
}
