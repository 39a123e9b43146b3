import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from '../adapters/objects/durable-file.ts';
import { readTimestampingSettings, TIMESTAMPING_FILE } from '../compose-timestamping.ts';
import { utf8 } from '../formats/bytes.ts';
import { hasOpenssl, startOpensslTsa } from './openssl-tsa.ts';

export const DEMO_TSA = 'demo-tsa';

/** Names in the certificates of the demonstration's authority. */
const NAMES = {
  organization: '示范时间戳服务中心',
  authority: '示范可信时间戳',
  root: '示范时间戳根证书',
};

/**
 * The time-stamping authority of the demonstration, with settings that name it. It runs on the
 * lender's machine, so its times are worth nothing to others, and the settings say so. An
 * installation that has settings of its own keeps them.
 * @returns undefined when `openssl` is not installed or nothing was to be started
 */
export async function startDemoTsa(
  dataFolder: string,
): Promise<{ stop(): Promise<void> } | undefined> {
  const path = join(dataFolder, TIMESTAMPING_FILE);
  const { authorities } = readTimestampingSettings(path);
  const isForeign = authorities.some(({ name }) => name !== DEMO_TSA);
  if (isForeign || (existsSync(path) && authorities.length === 0) || !hasOpenssl())
    return undefined;
  mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
  const folder = join(dataFolder, 'tsa');
  const tsa = await startOpensslTsa({ folder, port: 0, names: NAMES });
  const settings = {
    v: 1,
    type: 'timestamping',
    authorities: [
      {
        name: DEMO_TSA,
        url: tsa.url,
        rootsFile: 'tsa/root.pem',
        crlUrls: [tsa.crlUrl],
        timeWeight: 'none',
      },
    ],
    everySeconds: 0,
  };
  const text = utf8(`${JSON.stringify(settings, null, 2)}\n`);
  await writeDurably(dataFolder, [text], path, 0o600);
  return tsa;
}
