import { startService as start } from '../../../src/compose-service.ts';
import { readConfig } from '../../../src/config.ts';

/** The service as `cunzheng serve` starts it, its schedule aside: the caller publishes. */
export async function startService(folder: string) {
  const env = { CUNZHENG_DATA: folder, CUNZHENG_PORT: '0', CUNZHENG_RPC_PORT: '0' };
  const service = await start({ ...readConfig(env), checkpointSeconds: 3600 });
  const { url, installation, publishNow } = service;
  return { url, vkey: installation.evidence.vkey, publish: publishNow };
}
