import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createJsonRpcClient } from '../../src/adapters/chain/json-rpc-client.ts';
import type { EthRequest } from '../../src/adapters/chain/simulated-network.ts';

const machine = `${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
// The program itself and not the launcher beside it: a killed launcher leaves the program running.
const program = join(
  import.meta.dirname,
  `../../node_modules/@foundry-rs/anvil-${machine}/bin/anvil${process.platform === 'win32' ? '.exe' : ''}`,
);

/** Why tests on a real node are skipped here; undefined when they can run. */
export const noAnvil: string | undefined = existsSync(program)
  ? undefined
  : 'anvil is not installed (npm package @foundry-rs/anvil)';

/** A real Ethereum node in a process of its own, with an empty chain. */
export interface AnvilNode {
  url: string;
  port: number;
  request: EthRequest;
  mine(blocks?: number): Promise<void>;
  stop(): Promise<void>;
}

/** A free TCP port of the loopback address. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts a node. Without base fee, so that accounts without ether can send.
 * @param options `automine`: a block for each transaction; else `anvil_mine` makes blocks
 */
export async function startAnvil(options: {
  chainId: number;
  automine: boolean;
  port?: number;
  baseFee?: number;
  args?: string[];
}): Promise<AnvilNode> {
  const port = options.port ?? (await freePort());
  const args = ['--port', String(port), '--chain-id', String(options.chainId), '--silent'];
  args.push('--base-fee', String(options.baseFee ?? 0), '--accounts', '1');
  if (!options.automine) args.push('--no-mining');
  const child = spawn(program, [...args, ...(options.args ?? [])], { stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}`;
  const request = createJsonRpcClient(url, 5_000);
  await untilUp(child, request);
  return {
    url,
    port,
    request,
    mine: async (blocks = 1) => {
      await request('anvil_mine', [`0x${blocks.toString(16)}`]);
    },
    stop: () => stop(child),
  };
}

async function untilUp(child: ChildProcess, request: EthRequest): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null) throw new Error(`anvil ended with ${child.exitCode}`);
    try {
      await request('eth_chainId', []);
      return;
    } catch {
      await wait(50);
    }
  }
  await stop(child);
  throw new Error('anvil did not answer within ten seconds');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
