import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** Root of the checkout. */
export const PROJECT = join(import.meta.dirname, '../..');
const SCRIPT = join(PROJECT, 'bin', 'cunzheng.mjs');

/** How a program ended and what it said. */
export interface Ran {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
}

type Environment = Record<string, string | undefined>;

/** Runs a program to its end. Reports are in English unless `env` says otherwise. */
export async function run(
  program: string,
  args: string[],
  options: { env?: Environment; cwd?: string } = {},
): Promise<Ran> {
  return ended(start(program, args, options));
}

/** `cunzheng …`, as a process of its own, on a data folder. */
export function cunzheng(args: string[], data: string, env: Environment = {}): Promise<Ran> {
  return run(process.execPath, [SCRIPT, ...args], { env: { CUNZHENG_DATA: data, ...env } });
}

/** Starts the demonstration on a data folder of its own. */
export function startDemo(data: string, args: string[]): ChildProcess {
  const script = join(PROJECT, 'scripts', 'demo.ts');
  return start(process.execPath, [script, '--once', ...args], { env: { CUNZHENG_DATA: data } });
}

function start(
  program: string,
  args: string[],
  { env, cwd }: { env?: Environment; cwd?: string } = {},
): ChildProcess {
  return spawn(program, args, {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Collects the output of a process until it has ended. */
export function ended(child: ChildProcess): Promise<Ran> {
  const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout?.on('data', (part: Buffer) => output.stdout.push(part));
  child.stderr?.on('data', (part: Buffer) => output.stderr.push(part));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      const [stdout, stderr] = [output.stdout, output.stderr].map((parts) =>
        Buffer.concat(parts).toString('utf8'),
      );
      resolve({ code, signal, stdout: stdout ?? '', stderr: stderr ?? '' });
    });
  });
}

export interface Serving {
  url: string;
  rpcUrl: string;
  child: ChildProcess;
  /** Ends it as an operator does. */
  stop(): Promise<Ran>;
}

/** `cunzheng serve` on free ports; resolves when it says that it listens. */
export async function serve(
  data: string,
  env: Environment = {},
  node: string = process.execPath,
): Promise<Serving> {
  const args = [SCRIPT, 'serve', '--port', '0', '--rpc-port', '0'];
  const child = start(node, args, { env: { CUNZHENG_DATA: data, ...env } });
  const end = ended(child);
  let said = '';
  const [url, rpcUrl] = await new Promise<string[]>((resolve, reject) => {
    end.then(
      ({ code, stderr }) => reject(new Error(`serve ended with ${code}: ${stderr}`)),
      reject,
    );
    child.stdout?.on('data', (part: Buffer) => {
      said += part.toString();
      const found = /^API +(\S+)\nchain RPC +(\S+)\n/.exec(said);
      if (found) resolve(found.slice(1));
    });
  });
  const stop = () => {
    child.kill('SIGTERM');
    return end;
  };
  return { url: url ?? '', rpcUrl: rpcUrl ?? '', child, stop };
}

/** Whether a program is installed. */
export function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** Skips a test with a stated reason when a program that is not ours is missing. */
export function needs(test: Mocha.Context, ...programs: string[]): void {
  const missing = programs.filter((program) => !has(program));
  if (missing.length === 0) return;
  if (test.test) test.test.title += ` (skipped: ${missing.join(', ')} not installed)`;
  test.skip();
}
