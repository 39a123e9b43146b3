import type { Server } from 'node:http';
import { join } from 'node:path';
import type { RpcEndpoint } from './adapters/chain/rpc-endpoint.ts';
import { openApiKeyFile } from './adapters/keys/api-key-file.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import { createApp, createServer } from './api/app.ts';
import type { LogEvent } from './api/ports.ts';
import { type Installation, openInstallation } from './compose.ts';
import { openChainEndpoint } from './compose-submission.ts';
import type { Config } from './config.ts';
import type { AnchorReport } from './evidence/anchor/anchor-checkpoints.ts';
import type { TimestampReport } from './evidence/timestamp/stamp-checkpoints.ts';
import type { Json } from './formats/jcs.ts';
import { registriesByClock } from './formats/policy.ts';

/** A running evidence service. */
export interface Service {
  installation: Installation;
  url: string;
  /** Of the embedded chain; undefined when it is off. */
  rpcUrl: string | undefined;
  /** Publishes and anchors at once, besides the schedule. */
  publishNow(): Promise<AnchorReport>;
  close(): Promise<void>;
}

/** Starts HTTP API, chain endpoint and the publishing schedule on an opened installation. */
export async function startService(config: Config, opened?: Installation): Promise<Service> {
  const installation = opened ?? (await openInstallation(config, { writerThread: true }));
  const keys = openApiKeyFile(join(config.dataFolder, 'keys', 'api-keys.json'), {
    clock: systemClock,
    random: systemRandom,
  });
  const stamping = startStamping(config.checkpointSeconds, installation);
  // Chains outside are not waited for: the next turn of the schedule finds what came of it.
  const publishNow = async () => (await installation.publishAndAnchor(0)).anchoring;
  const app = createApp({
    evidence: installation.evidence,
    checkKey: keys.checkKey,
    timeTargets: () => registriesByClock(installation.policy),
    status: () => statusOf(installation, stamping.last()),
    writeLog,
    clock: systemClock,
    random: systemRandom,
  });
  const server = createServer(app);
  const url = await listen(server, config.port);
  const rpc =
    installation.anchoring.embedded === null
      ? undefined
      : await openChainEndpoint(installation, config.rpcPort);
  // Not waited for: PDFs that an earlier run left unchecked keep nobody from depositing.
  void installation.signatureChecks.finish();
  const stopSchedule = everySeconds(config.checkpointSeconds, async () => {
    await publishNow();
    for (const { target, state, reason } of await installation.anchoring.fleet.reports()) {
      if (reason === null) continue;
      writeLog({ event: 'anchor.waiting', requestId: '-', target, state, code: reason.code });
    }
  });
  return {
    installation,
    url,
    rpcUrl: rpc?.url,
    publishNow,
    close: () => closeAll([stopSchedule, stamping.stop], server, rpc, installation),
  };
}

async function closeAll(
  schedules: (() => Promise<void>)[],
  server: Server,
  rpc: RpcEndpoint | undefined,
  installation: Installation,
): Promise<void> {
  await Promise.all(schedules.map((stop) => stop()));
  const closed = new Promise((resolve) => server.close(resolve));
  server.closeIdleConnections();
  await closed;
  await rpc?.close();
  await installation.close();
}

/** Every API key of a data folder; for the command line. */
export function openKeys(dataFolder: string) {
  const path = join(dataFolder, 'keys', 'api-keys.json');
  return openApiKeyFile(path, { clock: systemClock, random: systemRandom });
}

/** Each target: where it is, how it stands, how much waits. */
async function statusOf({ anchoring }: Installation, stamps: TimestampReport[]): Promise<Json> {
  const reports = new Map((await anchoring.fleet.reports()).map((one) => [one.target, one]));
  const targets = anchoring.contexts().map(({ chain, policy }) => {
    const {
      state = 'WORKING',
      reason = null,
      head = null,
      open = [],
    } = reports.get(chain.target) ?? {};
    const waiting = { count: open.length, since: open[0]?.queuedAt ?? null };
    const { target, publisher } = chain;
    return { target, chain: policy.expected, publisher, state, reason, head, waiting };
  });
  return JSON.parse(JSON.stringify({ targets, stamps })) as Json;
}

/** One line of JSON on standard error. */
function writeLog(event: LogEvent): void {
  process.stderr.write(`${JSON.stringify({ at: systemClock.now().toISOString(), ...event })}\n`);
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const actual = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://127.0.0.1:${actual}`);
    });
  });
}

/**
 * Asks the time-stamping authorities on a schedule of its own: one that is slow or down delays
 * neither checkpoint nor anchor.
 */
function startStamping(seconds: number, { timestamping }: Installation) {
  let last: TimestampReport[] = [];
  const stopping = new AbortController();
  const stopSchedule = everySeconds(seconds, async () => {
    const { authorities, renewal } = await timestamping.tick(stopping.signal);
    last = authorities;
    for (const { tsa, state, reason } of authorities) {
      if (state !== 'FAILED' || stopping.signal.aborted) continue;
      const code = reason?.code ?? '';
      writeLog({ event: 'timestamp.waiting', requestId: '-', authority: tsa, code });
    }
    if (renewal.reason !== null) {
      const { code } = renewal.reason;
      writeLog({ event: 'timestamp.renewal.waiting', requestId: '-', code });
    }
  });
  const stop = () => {
    stopping.abort();
    return stopSchedule();
  };
  return { last: () => last, stop };
}

/** Runs `work` again and again, never twice at once; an error is logged and the next turn comes. */
function everySeconds(seconds: number, work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    running = work()
      .catch((error) => {
        const code = error instanceof Error ? error.name : 'unknown';
        writeLog({ event: 'publishing.failed', requestId: '-', code });
      })
      .finally(() => {
        busy = false;
      });
  }, seconds * 1000);
  return () => {
    clearInterval(timer);
    return running;
  };
}
