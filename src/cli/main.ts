import { Command, CommanderError } from 'commander';
import { CodedError } from '../formats/errors.ts';
import { addChainCommand } from './commands/chain.ts';
import { addCourtCommand } from './commands/court.ts';
import { addDepositCommand } from './commands/deposit.ts';
import { addImportCommand } from './commands/import.ts';
import { addLogCommand } from './commands/log.ts';
import { addMatterCommand } from './commands/matter.ts';
import { addPackageCommand } from './commands/package.ts';
import { addServeCommand } from './commands/serve.ts';
import { addSubmitCommand } from './commands/submit.ts';
import { addVerifyCommand } from './commands/verify.ts';
import { EXIT, printError } from './output.ts';

/**
 * The command line.
 * @param args without node and script
 * @returns exit code: 0 passed, 1 failed, 2 wrong use, 3 indeterminate
 */
export async function main(args: string[]): Promise<number> {
  const program = new Command('cunzheng')
    .description(
      '存证: electronic evidence that anyone can verify, packages that a court can accept',
    )
    .version('0.1.0')
    .exitOverride();
  addServeCommand(program);
  addCourtCommand(program);
  addDepositCommand(program);
  addImportCommand(program);
  addMatterCommand(program);
  addPackageCommand(program);
  addSubmitCommand(program);
  addVerifyCommand(program);
  addLogCommand(program);
  addChainCommand(program);
  try {
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.passed);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
    printError(error, args.includes('--json'));
    return exitCodeOf(error);
  }
}

/** Wrong input is wrong use; whatever the program did not expect is a failure. */
function exitCodeOf(error: unknown): number {
  const fileProblem = error instanceof Error && 'code' in error && error.code === 'ENOENT';
  return error instanceof CodedError || fileProblem ? EXIT.usage : EXIT.failed;
}
