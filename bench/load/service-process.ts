import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { openKeys } from '../../src/compose-service.ts';

/** The service as an operator runs it, in a process of its own, on a new data folder. */
export interface ServiceProcess {
  url: string;
  /** API key of a depositor. */
  key: string;
  folder: string;
  /** Largest resident memory so far, bytes. */
  peakBytes(): number;
  /** Processor time used so far by all its threads, seconds. */
  processorSeconds(): number;
  stop(): Promise<void>;
}

/** @param env settings besides the data folder and free ports */
export async function startServiceProcess(
  env: Record<string, string> = {},
): Promise<ServiceProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-bench-'));
  const log = openSync(join(folder, 'service.log'), 'w');
  const cli = new URL('../../bin/cunzheng.mjs', import.meta.url).pathname;
  const child = spawn(process.execPath, [cli, 'serve', '--port', '0', '--rpc-port', '0'], {
    env: { ...process.env, CUNZHENG_DATA: join(folder, 'data'), ...env },
    // The channel ends with this process, and the service with the channel.
    stdio: ['ignore', 'pipe', log, 'ipc'],
  });
  closeSync(log);
  const url = await addressOf(child, join(folder, 'service.log'));
  return {
    url,
    key: openKeys(join(folder, 'data')).createApiKey('bench', ['depositor']),
    folder,
    peakBytes: () => peakOf(child.pid ?? 0),
    processorSeconds: () => processorSecondsOf(child.pid ?? 0),
    async stop() {
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function addressOf(child: ChildProcess, log: string): Promise<string> {
  if (child.stdout === null) throw new Error('the service has no output');
  for await (const line of createInterface({ input: child.stdout })) {
    const url = /^API\s+(\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error(`the service did not start: ${readFileSync(log, 'utf8').slice(-2000)}`);
}

/** Linux alone tells a process' largest memory; elsewhere 0. */
function peakOf(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** Fields 14 and 15 of proc(5) stat, in ticks of 10 ms; elsewhere than on Linux 0. */
function processorSecondsOf(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
