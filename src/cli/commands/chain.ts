import type { Command } from 'commander';
import { openInstallation } from '../../compose.ts';
import { readConfig } from '../../config.ts';
import { EXIT, print, printJson } from '../output.ts';

/** `cunzheng chain`: the embedded chain and what is anchored on it. */
export function addChainCommand(program: Command): void {
  const chain = program.command('chain').description('the embedded chain and the registry on it');
  chain
    .command('status')
    .description('identity of chain and registry, height, anchors')
    .option('--json')
    .action(async ({ json }: { json?: boolean }) => {
      process.exitCode = await status(json === true);
    });
}

async function status(json: boolean): Promise<number> {
  const installation = await openInstallation(readConfig(), { skipCheck: true });
  try {
    const { identity, chain, publisher } = installation.embedded;
    const height = Number(await chain.request('eth_blockNumber', []));
    const anchors = await installation.outbox.list({ limit: 10 });
    if (json)
      printJson({ ...identity, publisher, height, anchors: JSON.parse(JSON.stringify(anchors)) });
    else {
      print(`chain      ${identity.chainId}, genesis ${identity.genesisHash}, height ${height}`);
      print(`registry   ${identity.registry}, code ${identity.codeHash}`);
      print(`publisher  ${publisher}`);
      for (const { size, state, place } of anchors) {
        print(
          `anchor     ${size} entries: ${state}${place ? `, block ${place.blockNumber}, ${place.txHash}` : ''}`,
        );
      }
    }
    return EXIT.passed;
  } finally {
    await installation.close();
  }
}
