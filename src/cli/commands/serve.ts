import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { isRole, ROLES, type Role } from '../../api/ports.ts';
import { openKeys, startService } from '../../compose-service.ts';
import { type Config, readConfig } from '../../config.ts';
import { EXIT, print } from '../output.ts';

interface ServeOptions {
  port?: number;
  rpcPort?: number;
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value < 65_536) return value;
  throw new InvalidArgumentError('a port is a number from 0 to 65535.');
}

function role(name: string, before: Role[] = []): Role[] {
  if (isRole(name)) return [...before, name];
  throw new InvalidArgumentError(`roles are ${ROLES.join(', ')}.`);
}

/** `cunzheng serve` and `cunzheng user`: the evidence service and its API keys. */
export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run the evidence service: HTTP API, log, chain')
    .option('--port <number>', 'HTTP API on 127.0.0.1 (CUNZHENG_PORT)', port)
    .option('--rpc-port <number>', 'JSON-RPC of the embedded chain (CUNZHENG_RPC_PORT)', port)
    .action(async (options: ServeOptions) => {
      await serve({ ...readConfig(), ...options });
    });
  const user = program.command('user').description('API keys of systems and offices');
  user
    .command('add')
    .description('make an API key; it is shown once')
    .argument('<name>', 'system or office, not a person')
    .requiredOption('--role <role>', `one of ${ROLES.join(', ')}; may be repeated`, role)
    .action((name: string, { role: roles }: { role: Role[] }) => {
      print(openKeys(readConfig().dataFolder).createApiKey(name, roles));
    });
  user.command('list').action(() => {
    for (const key of openKeys(readConfig().dataFolder).listApiKeys()) {
      print(`${key.name}  ${key.roles.join(', ')}`);
    }
  });
  user
    .command('revoke')
    .argument('<name>')
    .action((name: string) => {
      const revoked = openKeys(readConfig().dataFolder).revokeApiKey(name);
      print(revoked ? `${name} revoked` : `there is no key of that name`);
      process.exitCode = revoked ? EXIT.passed : EXIT.failed;
    });
}

async function serve(config: Config): Promise<void> {
  const service = await startService(config);
  // Before anybody is told that the service runs: whoever reads that may stop it at once.
  const stopped = untilStopped();
  print(`API        ${service.url}`);
  print(`chain RPC  ${service.rpcUrl ?? 'none: the embedded chain is off'}`);
  print(`log key    ${service.installation.evidence.vkey}`);
  print(`policy     ${config.dataFolder}/policy.json`);
  const end = await Promise.race([
    stopped.then(() => 'stopped' as const),
    service.installation.failed.then(() => 'failed' as const),
  ]);
  if (end === 'failed') {
    // Half a service is worse than none: whoever watches the process starts it again.
    print('the log cannot be written any more; the service stops');
    process.exitCode = EXIT.failed;
  }
  await service.close();
}

/** Resolves at SIGINT or SIGTERM, or when the process that started this one is gone. */
export function untilStopped(): Promise<void> {
  return new Promise((resolve) => {
    // It may have died before this process came to listen.
    if (process.connected === false) resolve();
    process.once('disconnect', () => resolve());
    // Listening to the channel must not keep a stopped process alive.
    process.channel?.unref();
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}
