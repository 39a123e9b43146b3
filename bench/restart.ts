import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { openInstallation } from '../src/compose.ts';
import { readConfig } from '../src/config.ts';

/** Opens the installation in a process of its own, as a start of the service does. */
export async function startOnce(data: string): Promise<{ seconds: number; megabytes: number }> {
  const path = fileURLToPath(import.meta.url);
  const { stdout } = await promisify(execFile)(process.execPath, [path, data]);
  return JSON.parse(stdout) as { seconds: number; megabytes: number };
}

// Run as a program: from the start of the process to an installation that is ready.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const installation = await openInstallation(readConfig({ CUNZHENG_DATA: process.argv[2] ?? '' }));
  // performance.now() counts from the start of the process.
  const seconds = performance.now() / 1000;
  const megabytes = Math.round(process.memoryUsage().rss / 2 ** 20);
  console.log(JSON.stringify({ seconds, megabytes }));
  await installation.close();
}
