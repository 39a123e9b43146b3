import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { openApiKeyFile } from '../../../src/adapters/keys/api-key-file.ts';
import { systemClock, systemRandom } from '../../../src/adapters/system/system-ports.ts';
import { createApp, createServer } from '../../../src/api/app.ts';
import { openEvidenceRig } from '../../support/evidence-rig.ts';

/** Evidence on its real adapters behind the real HTTP interface; checks itself first, as a start does. */
export async function startService(folder: string) {
  const { evidence } = openEvidenceRig(folder);
  await evidence.finishPublishing();
  const { findings } = await evidence.check();
  if (findings.length > 0) throw new Error(findings.join('\n'));
  const ports = { clock: systemClock, random: systemRandom };
  const { checkKey } = openApiKeyFile(join(folder, 'keys', 'api-keys.json'), ports);
  const app = createApp({
    ...ports,
    evidence,
    checkKey,
    timeTargets: () => [],
    status: async () => ({}),
    writeLog: () => {},
  });
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const publish = () => evidence.publishCheckpoint();
  return { url: `http://127.0.0.1:${port}`, vkey: evidence.vkey, publish };
}
