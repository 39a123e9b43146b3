import { Command, CommanderError } from 'commander';
import { CodedError } from '../formats/errors.ts';
import { EXIT, isFileProblem, printError } from './output.ts';

type AddCommand = (program: Command) => void;

const serve = async () => (await import('./commands/serve.ts')).addServeCommand;

/** By first argument. Loaded when asked for: to verify a file takes neither chain nor typesetter. */
const COMMANDS = new Map<string, () => Promise<AddCommand>>([
  ['serve', serve],
  ['user', serve],
  ['court', async () => (await import('./commands/court.ts')).addCourtCommand],
  ['deposit', async () => (await import('./commands/deposit.ts')).addDepositCommand],
  ['import', async () => (await import('./commands/import.ts')).addImportCommand],
  ['matter', async () => (await import('./commands/matter.ts')).addMatterCommand],
  ['package', async () => (await import('./commands/package.ts')).addPackageCommand],
  ['submit', async () => (await import('./commands/submit.ts')).addSubmitCommand],
  ['verify', async () => (await import('./commands/verify.ts')).addVerifyCommand],
  ['loan', async () => (await import('./commands/loan.ts')).addLoanCommand],
  ['log', async () => (await import('./commands/log.ts')).addLogCommand],
  ['loan', async () => (await import('./commands/loan.ts')).addLoanCommand],
  ['backup', async () => (await import('./commands/backup.ts')).addBackupCommand],
  ['keys', async () => (await import('./commands/keys.ts')).addKeysCommand],
  ['chain', async () => (await import('./commands/chain.ts')).addChainCommand],
]);

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
    .addHelpText('after', '\nExit: 0 passed, 1 failed, 2 wrong use, 3 indeterminate.')
    .exitOverride();
  try {
    for (const add of await commandsFor(args[0])) add(program);
    await program.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? EXIT.passed);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.passed : EXIT.usage;
    printError(error, args.includes('--json'));
    return exitCodeOf(error);
  }
}

/** The command that is asked for; all of them for the general help and for unknown names. */
async function commandsFor(name = ''): Promise<Set<AddCommand>> {
  const load = COMMANDS.get(name);
  const loads = load === undefined ? [...COMMANDS.values()] : [load];
  return new Set(await Promise.all(loads.map((one) => one())));
}

/** Wrong input is wrong use; whatever the program did not expect is a failure. */
function exitCodeOf(error: unknown): number {
  return error instanceof CodedError || isFileProblem(error) ? EXIT.usage : EXIT.failed;
}
