import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { writeSecretFile } from '../adapters/keys/key-files.ts';
import { COURT_DEFAULTS, type Court, openCourt } from '../compose-court.ts';
import { type CourtEntry, readCourtEntry } from '../compose-submission.ts';
import { CourtError } from '../litigation/court/errors.ts';

export interface DemoCourt {
  entry: CourtEntry;
  stop(): Promise<void>;
}

const COURT_NAME = '浙江省宁波市鄞州区人民法院';

/**
 * The court of the demonstration: a process of its own, with its own data, keys, trust policy and
 * chain connection. The lender's public policy is handed over as a file, as an operator would do
 * it; the lender's key for the intake is made once.
 */
export async function startDemoCourt(options: {
  projectFolder: string;
  courtFolder: string;
  policyFile: string;
  entryFile: string;
  rpcUrl: string;
  port: number;
  lender: string;
}): Promise<DemoCourt> {
  const { courtFolder, entryFile } = options;
  mkdirSync(courtFolder, { recursive: true, mode: 0o700 });
  copyFileSync(options.policyFile, join(courtFolder, 'policy.json'));
  const { thumbprint, apiKey } = await register(options);
  const { child, url } = await spawnCourt(options);
  const entry = { name: COURT_NAME, url, thumbprint, apiKey };
  writeSecretFile(entryFile, `${JSON.stringify({ v: 1, ...entry }, null, 2)}\n`);
  return { entry, stop: () => stop(child) };
}

/** Opens the court's folder once without a server, to make its keys and the lender's access. */
async function register({
  courtFolder,
  entryFile,
  lender,
}: {
  courtFolder: string;
  entryFile: string;
  lender: string;
}): Promise<{ thumbprint: string; apiKey: string }> {
  const court = await openWhenFree(courtFolder);
  try {
    const { thumbprint } = court.signer;
    const known = existsSync(entryFile) ? readCourtEntry(entryFile).apiKey : undefined;
    if (known !== undefined && court.senders.checkKey(known)) return { thumbprint, apiKey: known };
    // A crash between making and keeping the key leaves a key that nobody knows: it is replaced.
    court.senders.revokeApiKey(lender);
    return { thumbprint, apiKey: court.senders.createApiKey(lender, ['depositor']) };
  } finally {
    await court.close();
  }
}

/** The court of a run that was killed ends by itself as soon as it notices; that takes a moment. */
async function openWhenFree(dataFolder: string): Promise<Court> {
  for (const end = Date.now() + 30_000; ; ) {
    try {
      return await openCourt({ ...COURT_DEFAULTS, dataFolder, name: COURT_NAME });
    } catch (error) {
      const inUse = error instanceof CourtError && error.code === 'COURT_IN_USE';
      if (!inUse || Date.now() > end) throw error;
      await wait(100);
    }
  }
}

async function spawnCourt(options: {
  projectFolder: string;
  courtFolder: string;
  rpcUrl: string;
  port: number;
}): Promise<{ child: ChildProcess; url: string }> {
  const script = join(options.projectFolder, 'bin', 'cunzheng.mjs');
  const args = [script, 'court', 'serve', '--rpc', options.rpcUrl, '--port', String(options.port)];
  const child = spawn(process.execPath, args, {
    env: { ...process.env, CUNZHENG_COURT_DATA: options.courtFolder },
    // The channel closes when this process dies, however it dies; the court then stops as well.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-2000);
    });
    child.once('exit', (code) => reject(new Error(`the court ended with ${code}: ${output}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      const url = /intake\s+(http:\/\/\S+)/.exec(chunk.toString())?.[1];
      if (url !== undefined) resolve({ child, url });
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // A court that ended by itself sends no second event.
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.removeAllListeners('exit');
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
