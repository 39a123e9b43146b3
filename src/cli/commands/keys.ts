import type { Command } from 'commander';
import { openInstallation } from '../../compose.ts';
import { readConfig } from '../../config.ts';
import { rotateMasterKey } from '../../evidence/index.ts';
import { EXIT, Progress, print, printJson } from '../output.ts';

/** `cunzheng keys`: the master key. */
export function addKeysCommand(program: Command): void {
  const keys = program.command('keys').description('the master key of this installation');
  keys
    .command('rotate')
    .description('make a new master key, wrap all loan secrets under it, destroy the old one')
    .option('--json')
    .addHelpText(
      'after',
      '\nContent is not rewritten. Stop the service first. If it is broken off, call it again.' +
        '\nA backup of the keys made before opens backups of the secrets made before, no others.',
    )
    .action(async (options: { json?: boolean }) => {
      process.exitCode = await rotate(options.json === true);
    });
}

async function rotate(json: boolean): Promise<number> {
  const installation = await openInstallation(readConfig(), { skipCheck: true });
  const progress = new Progress('wrapping');
  try {
    const { secrets, vault } = installation;
    const done = await rotateMasterKey({ secrets, vault }, (seen) => progress.update(seen));
    progress.end();
    if (json) printJson({ ...done });
    else {
      if (done.resumed) print('finished a rotation that had been broken off');
      print(`master key ${done.masterNumber}: ${done.rewrapped} loan secrets wrapped under it`);
      print('the older master key is destroyed; back up keys/ and secrets.db now');
    }
    return EXIT.passed;
  } finally {
    await installation.close();
  }
}
