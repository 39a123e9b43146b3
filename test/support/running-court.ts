import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RpcEndpoint, startRpcEndpoint } from '../../src/adapters/chain/rpc-endpoint.ts';
import { type Installation, openInstallation } from '../../src/compose.ts';
import {
  COURT_DEFAULTS,
  type Court,
  type CourtConfig,
  openCourt,
} from '../../src/compose-court.ts';
import { readConfig } from '../../src/config.ts';
import { encodePolicy, type TrustPolicy } from '../../src/formats/policy.ts';

export const COURT_NAME = '示例市人民法院';

/** A lender's installation on a temporary folder, its chain readable over loopback. */
export interface RunningLender {
  folder: string;
  installation: Installation;
  rpc: RpcEndpoint;
  stop(): Promise<void>;
}

export async function runLender(): Promise<RunningLender> {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-court-'));
  const config = readConfig({ CUNZHENG_DATA: join(folder, 'lender') });
  const installation = await openInstallation(config);
  const { chain } = installation.embedded;
  const rpc = await startRpcEndpoint({ request: chain.request.bind(chain), port: 0 });
  const stop = async () => {
    await rpc.close();
    await installation.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, installation, rpc, stop };
}

export interface RunningCourt extends Court {
  url: string;
  folder: string;
  /** Key of the sender `lender`. */
  key: string;
}

/** A court on a folder and a free port; the sender's key is made anew at each start. */
export async function runCourt(
  folder: string,
  policy: TrustPolicy | undefined,
  settings: Partial<CourtConfig> = {},
): Promise<RunningCourt> {
  const config = { ...COURT_DEFAULTS, name: COURT_NAME, port: 0, dataFolder: folder, ...settings };
  const court = await openCourt(config);
  if (policy !== undefined) writeFileSync(join(folder, 'policy.json'), encodePolicy(policy));
  court.senders.revokeApiKey('lender');
  const key = court.senders.createApiKey('lender', ['depositor']);
  return { ...court, url: await court.listen(), folder, key };
}

/** The court's answer, loosely typed: tests state what they expect of it. */
// biome-ignore lint/suspicious/noExplicitAny: the assertions are the types here
export type Answer = { status: number; body: any; headers: Headers };

export async function put(
  court: { url: string; key: string },
  sha256: string,
  bytes: Uint8Array,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return answerOf(
    await fetch(`${court.url}/v1/filings/${sha256}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${court.key}`, ...headers },
      body: bytes as Uint8Array<ArrayBuffer>,
    }),
  );
}

export async function get(court: { url: string; key: string }, path: string): Promise<Answer> {
  const headers = { authorization: `Bearer ${court.key}` };
  return answerOf(await fetch(`${court.url}${path}`, { headers }));
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, body: JSON.parse(text), headers: response.headers };
}
