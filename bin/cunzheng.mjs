#!/usr/bin/env node
// The command line. An old system Node must not get as far as importing native modules built for a
// newer one (better-sqlite3 would crash), so it hands over to the Node that came with the project.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
// From 22.18 on Node runs TypeScript by itself.
const recent = major > 22 || (major === 22 && minor >= 18);
const project = dirname(dirname(fileURLToPath(import.meta.url)));

function bundledNode() {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  return ['linux-x64', 'linux-arm64', 'win-x64', 'darwin-x64']
    .map((target) => join(project, 'node_modules', `node-${target}`, 'bin', name))
    .find((path) => existsSync(path));
}

/** Runs the same command under another Node, passing on signals and the way it ended. */
function handOver(node) {
  const args = [fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const child = spawn(node, args, { stdio: 'inherit' });
  // A service stopped through this process must stop itself, or it would keep its folder locked.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.once('exit', (code, signal) => {
    if (signal === null) process.exitCode = code ?? 1;
    else {
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    }
  });
}

if (recent) {
  // Halves the time until a command works. Beside the code and not in the system's temporary folder,
  // where others could put code of theirs; where it cannot be written, nothing is cached.
  nodeModule.enableCompileCache?.(join(project, 'node_modules', '.cache', 'cunzheng'));
  const { main } = await import('../src/cli/main.ts');
  process.exitCode = await main(process.argv.slice(2));
} else {
  const node = bundledNode();
  if (node === undefined) {
    console.error(
      `Node ${process.versions.node} is too old: install Node 22.18 or later, or run npm ci.`,
    );
    process.exitCode = 2;
  } else handOver(node);
}
