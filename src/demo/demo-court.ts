import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { writeSecretFile } from '../adapters/keys/key-files.ts';
import { openCourtKeys } from '../compose-court.ts';
import { type CourtEntry, readCourtEntry } from '../compose-submission.ts';

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
  rpcUrls: string[];
  port: number;
  lender: string;
}): Promise<DemoCourt> {
  const { courtFolder, entryFile } = options;
  mkdirSync(courtFolder, { recursive: true, mode: 0o700 });
  copyFileSync(options.policyFile, join(courtFolder, 'policy.json'));
  const apiKey = accessFor(options);
  const { child, url, thumbprint } = await startWhenFree(options);
  const entry = { name: COURT_NAME, url, thumbprint, apiKey };
  writeSecretFile(entryFile, `${JSON.stringify({ v: 1, ...entry }, null, 2)}\n`);
  return { entry, stop: () => stop(child) };
}

/** The lender's key for the intake: the one it has, or a new one. */
function accessFor(options: { courtFolder: string; entryFile: string; lender: string }): string {
  const { courtFolder, entryFile, lender } = options;
  const senders = openCourtKeys(courtFolder);
  const known = existsSync(entryFile) ? readCourtEntry(entryFile).apiKey : undefined;
  if (known !== undefined && senders.checkKey(known)) return known;
  // A crash between making and keeping the key leaves a key that nobody knows: it is replaced.
  senders.revokeApiKey(lender);
  return senders.createApiKey(lender, ['depositor']);
}

interface Spawn {
  projectFolder: string;
  courtFolder: string;
  rpcUrls: string[];
  port: number;
}

interface SpawnedCourt {
  child: ChildProcess;
  url: string;
  thumbprint: string;
}

/** The court of a run that was killed ends by itself as soon as it notices; that takes a moment. */
async function startWhenFree(options: Spawn): Promise<SpawnedCourt> {
  for (const end = Date.now() + 30_000; ; ) {
    try {
      return await spawnCourt(options);
    } catch (error) {
      if (!String(error).includes('COURT_IN_USE') || Date.now() > end) throw error;
      await wait(100);
    }
  }
}

/**
 * Only this process opens the court's folder: it decides at its start what a crash left undecided,
 * and it alone has the court's connection to the chain.
 */
async function spawnCourt(options: Spawn): Promise<SpawnedCourt> {
  const script = join(options.projectFolder, 'bin', 'cunzheng.mjs');
  const rpc = options.rpcUrls.flatMap((url) => ['--rpc', url]);
  const args = [script, 'court', 'serve', '--name', COURT_NAME, ...rpc];
  const child = spawn(process.execPath, [...args, '--port', String(options.port)], {
    env: { ...process.env, CUNZHENG_COURT_DATA: options.courtFolder },
    // The channel closes when this process dies, however it dies; the court then stops as well.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let [said, complaints] = ['', ''];
  return new Promise((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      complaints = (complaints + chunk.toString()).slice(-2000);
    });
    child.once('close', (code) => reject(new Error(`the court ended with ${code}: ${complaints}`)));
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      const [, url, thumbprint] = /intake\s+(\S+)\nthumbprint\s+(\S+)\n/.exec(said) ?? [];
      if (url !== undefined && thumbprint !== undefined) resolve({ child, url, thumbprint });
    });
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    // A court that ended by itself sends no second event.
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
}
