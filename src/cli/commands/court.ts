import { type Command, Option } from 'commander';
import type { Role } from '../../api/ports.ts';
import { COURT_DEFAULTS, type CourtConfig, openCourt, openCourtKeys } from '../../compose-court.ts';
import { readCourtSettings } from '../../config.ts';
import { collect, print } from '../output.ts';
import { untilStopped } from './serve.ts';

interface CourtOptions {
  name?: string;
  port?: string;
  rpc?: string[];
  policy?: string;
  open: CourtConfig['indeterminate'];
}

/** `cunzheng court`: the court's own service, with its own data, keys, policy and chain connection. */
export function addCourtCommand(program: Command): void {
  const court = program
    .command('court')
    .description('run a court intake; shares nothing with a lender but the formats');
  court
    .command('serve', { isDefault: true })
    .description('run the intake')
    .option('--name <name>', 'name in receipts, decided at the first start (CUNZHENG_COURT_NAME)')
    .option('--port <number>', 'HTTP on 127.0.0.1 (CUNZHENG_COURT_PORT)')
    .option(
      '--rpc <url>',
      "the court's own chain node; NAME=URL for one registry of its policy; may be repeated (CUNZHENG_COURT_RPC, several with spaces between)",
      collect,
    )
    .option('--policy <file>', 'whom the court trusts; default: policy.json in its data folder')
    .addOption(
      new Option('--open <rule>', 'what happens to a package whose verdict stays open')
        .choices(['return', 'receive', 'wait'])
        .default('wait'),
    )
    .action(async (options: CourtOptions) => {
      const opened = await openCourt(configOf(options));
      const url = await opened.listen();
      const stopped = untilStopped();
      print(`court       ${opened.name}`);
      print(`intake      ${url}`);
      print(`thumbprint  ${opened.signer.thumbprint}`);
      await stopped;
      await opened.close();
    });
  court
    .command('sender')
    .description('register a lender: makes its API key, shown once')
    .argument('<name>')
    .option('--role <role>', 'depositor for lenders, clerk for staff', 'depositor')
    .action((name: string, { role }: { role: Role }) => {
      const { dataFolder } = readCourtSettings();
      print(openCourtKeys(dataFolder).createApiKey(name, [role]));
    });
}

function configOf(options: CourtOptions): CourtConfig {
  const settings = readCourtSettings();
  return {
    ...COURT_DEFAULTS,
    dataFolder: settings.dataFolder,
    name: options.name ?? settings.name,
    port: options.port === undefined ? settings.port : Number(options.port),
    rpcUrls: options.rpc ?? settings.rpcUrls,
    policyFile: options.policy,
    indeterminate: options.open,
    writeLog: (event) => process.stderr.write(`${JSON.stringify(event)}\n`),
  };
}
