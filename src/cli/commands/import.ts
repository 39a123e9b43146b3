import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import { openInstallation } from '../../compose.ts';
import { openImport } from '../../compose-import.ts';
import { readConfig } from '../../config.ts';
import { importItems, type RejectedRow } from '../import-items.ts';
import { EXIT, Progress, print, printJson } from '../output.ts';

interface ImportOptions {
  profile: string;
  file?: string[];
  rejects?: string;
  json?: boolean;
}

/** `cunzheng import`: tables of a core system into deposits, through a mapping profile. */
export function addImportCommand(program: Command): void {
  program
    .command('import')
    .description('deposit the rows of CSV, XLSX or NDJSON files through a mapping profile')
    .argument('<folder>', 'folder with the files that the profile names')
    .requiredOption(
      '--profile <name|file>',
      'a profile of this version, or your own (docs/import.md)',
    )
    .option('--file <name=path...>', 'a file that stands elsewhere than the profile says')
    .option('--rejects <file>', 'write refused rows, with their values, to this file (mode 0600)')
    .option('--json', 'end with one JSON object {loans, deposits, duplicates, rejected}')
    .addHelpText('after', '\nExit: 0 all rows known or deposited, 1 rows refused, 2 wrong use.')
    .action(async (folder: string, options: ImportOptions) => {
      process.exitCode = await runImport(folder, options);
    });
}

async function runImport(folder: string, options: ImportOptions): Promise<number> {
  const config = readConfig();
  const instead = new Map((options.file ?? []).map(splitPair));
  const withValues = options.rejects !== undefined;
  // The profile and the files' headers are checked before an installation is touched.
  const items = await openImport(
    config.projectFolder,
    options.profile,
    folder,
    instead,
    withValues,
  );
  const rejects = options.rejects
    ? createWriteStream(options.rejects, { mode: 0o600, flags: 'w' })
    : undefined;
  const progress = new Progress('importing');
  const installation = await openInstallation(config);
  try {
    const counts = await importItems(installation.evidence, items, {
      onProgress: (done) => progress.update(done),
      onRejected: (row) => {
        rejects?.write(`${JSON.stringify(row)}\n`);
        if (!options.json) print(lineOf(row));
      },
    });
    progress.end();
    const { checkpoint, targets } = await installation.publishAndAnchor();
    rejects?.end();
    if (rejects) await finished(rejects);
    const { loans, deposits, duplicates, rejected } = counts;
    if (options.json) printJson({ loans, deposits, duplicates, rejected });
    else {
      print(
        `${loans} loans: ${deposits} new deposits, ${duplicates} known already, ${rejected} rows refused`,
      );
      const anchoring = targets.map(({ target, state }) => `${target} ${state}`).join(', ');
      print(`checkpoint of ${checkpoint?.size ?? 0} entries, anchoring: ${anchoring}`);
      print(
        `data folder ${join(config.dataFolder)}; policy for verifiers: ${join(config.dataFolder, 'policy.json')}`,
      );
    }
    return rejected > 0 ? EXIT.failed : EXIT.passed;
  } finally {
    await installation.close();
  }
}

function splitPair(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}

function lineOf({ file, line, code, message, column }: RejectedRow): string {
  return `${file}:${line}${column ? ` ${column}` : ''}: ${code}: ${message}`;
}
