import type { Command } from 'commander';
import { openInstallation } from '../../compose.ts';
import { statusOfTargets, type TargetStatus } from '../../compose-chain.ts';
import { readConfig } from '../../config.ts';
import { EXIT, print, printJson } from '../output.ts';
import { addChainTargetCommands } from './chain-targets.ts';

/** `cunzheng chain`: the chains that hold the log's heads. */
export function addChainCommand(program: Command): void {
  const chain = program.command('chain').description('the chains on which the log is anchored');
  chain
    .command('status')
    .description('asks every chain: identity, head, how far it is behind, how it stands')
    .option('--json')
    .addHelpText(
      'after',
      '\nExit: 0 all are well, 1 one is halted (somebody must look), 3 one does not answer.',
    )
    .action(async ({ json }: { json?: boolean }) => {
      process.exitCode = await status(json === true);
    });
  chain
    .command('move')
    .description('the log leaves one target and goes on on another: a note in the log says so')
    .argument('<from>', 'target that is left')
    .argument('<to>', 'active target on which it goes on')
    .option('--json')
    .action(async (from: string, to: string, { json }: { json?: boolean }) => {
      process.exitCode = await move(from, to, json === true);
    });
  addChainTargetCommands(chain);
}

async function status(json: boolean): Promise<number> {
  const installation = await openInstallation(readConfig(), { skipCheck: true });
  try {
    const targets = await statusOfTargets(installation);
    if (json) printJson(JSON.parse(JSON.stringify({ targets })));
    else for (const target of targets) printTarget(target);
    const states = targets.map(({ state }) => state);
    if (states.includes('HALTED')) return EXIT.failed;
    return states.includes('UNREACHABLE') ? EXIT.indeterminate : EXIT.passed;
  } finally {
    await installation.close();
  }
}

const WORDS: Record<TargetStatus['state'], string> = {
  IDLE: 'well, nothing waits',
  WORKING: 'well, something is on its way',
  UNREACHABLE: 'does not answer; it is tried again by itself',
  HALTED: 'HALTED: somebody must look',
  LEFT: 'left; its journal or network stays as evidence',
};

function printTarget(target: TargetStatus): void {
  const { state, chain, head, lag, waiting, reason } = target;
  print(`${target.target}  ${WORDS[state]}`);
  print(`  chain      ${chain.chainId}, genesis ${chain.genesisHash}`);
  print(`  registry   ${chain.registry}, code ${chain.codeHash}`);
  if (target.publisher !== null) print(`  publisher  ${target.publisher}`);
  if (head !== null) {
    const behind = lag === null || lag === 0 ? 'all that is published' : `${lag} entries behind`;
    print(`  head       ${head.size} entries, ${behind}`);
  }
  if (target.height !== null) print(`  height     ${target.height} blocks`);
  if (waiting.since !== null) print(`  waiting    ${waiting.count}, since ${waiting.since}`);
  if (target.movedTo !== null) print(`  moved to   ${target.movedTo}`);
  if (reason !== null) print(`  ${reason.code}: ${reason.message}\n  → ${reason.remedy}`);
}

async function move(from: string, to: string, json: boolean): Promise<number> {
  const installation = await openInstallation(readConfig());
  try {
    await installation.moveLog(from, to);
    const { checkpoint, targets } = await installation.publishAndAnchor();
    const size = checkpoint?.size ?? 0;
    const now = targets.find(({ target }) => target === to);
    if (json) printJson({ from, to, size, state: now?.state ?? 'WORKING' });
    else {
      print(`the log left ${from} and goes on on ${to}; checkpoint of ${size} entries`);
      print(`anchoring on ${to}: ${now?.reason?.message ?? now?.state ?? 'WORKING'}`);
      print('policy.json has changed: hand it to those who verify');
    }
    return now?.reason ? EXIT.indeterminate : EXIT.passed;
  } finally {
    await installation.close();
  }
}
