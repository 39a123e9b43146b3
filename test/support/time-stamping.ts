import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { systemClock, systemRandom } from '../../src/adapters/system/system-ports.ts';
import { createTimestampAuthority } from '../../src/adapters/timestamp/timestamp-authority.ts';
import { answerQuery, openssl } from '../../src/demo/openssl-tsa.ts';
import type { Clock } from '../../src/evidence/ports.ts';
import type { TimestampAuthority } from '../../src/evidence/timestamp/ports.ts';

export const TSA_NAMES = {
  organization: '示范时间戳服务中心',
  authority: '示范可信时间戳',
  root: '示范时间戳根证书',
};

/** DER of the first certificate of a PEM file. */
export function pemFile(path: string): Uint8Array {
  const block = /-----BEGIN[^-]+-----([^-]+)/.exec(readFileSync(path, 'latin1'))?.[1] ?? '';
  return new Uint8Array(Buffer.from(block, 'base64'));
}

export interface ClientOptions {
  url: string;
  roots: Uint8Array[];
  crlUrls?: string[];
  clock?: Clock;
  policy?: string;
  timeoutMs?: number;
  name?: string;
}

/** The client under test, as the service wires it. */
export const clientOf = (options: ClientOptions): TimestampAuthority =>
  createTimestampAuthority({ name: 'tsa', clock: systemClock, random: systemRandom, ...options });

/** An authority that answers as a test tells it. */
export interface OddServer {
  url: string;
  /** Number of queries seen. */
  asked(): number;
  stop(): Promise<void>;
}

export async function oddServer(
  answer: (query: Uint8Array, response: ServerResponse) => Promise<Uint8Array | undefined>,
): Promise<OddServer> {
  let asked = 0;
  const server: Server = createServer((request, response) => {
    asked += 1;
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', async () => {
      const bytes = await answer(new Uint8Array(Buffer.concat(chunks)), response);
      if (bytes === undefined) return;
      response.setHeader('content-type', 'application/timestamp-reply').end(bytes);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, asked: () => asked, stop };
}

/** What the honest authority of `folder` answers. */
export const honest = (folder: string) => (query: Uint8Array) => answerQuery(folder, query);

/**
 * A token over any TSTInfo, signed with `openssl cms` by a key of the folder: what an authority could
 * say that `openssl ts` would not.
 */
export async function forgedAnswer(
  folder: string,
  tstInfo: Uint8Array,
  { signer = 'tsa.pem', key = 'tsa.key' } = {},
): Promise<Uint8Array> {
  writeFileSync(join(folder, 'forged.tst'), tstInfo);
  const how = ['-sign', '-binary', '-nodetach', '-cades', '-md', 'sha256', '-nosmimecap'];
  const what = ['-econtent_type', '1.2.840.113549.1.9.16.1.4', '-outform', 'DER'];
  const files = ['-in', 'forged.tst', '-signer', signer, '-inkey', key, '-out', 'forged.der'];
  await openssl(folder, ['cms', ...how, ...what, ...files, '-certfile', 'root.pem']);
  const token = readFileSync(join(folder, 'forged.der'));
  return der(0x30, Buffer.from('3003020100', 'hex'), token);
}

/** One DER element around `parts`. */
export function der(tag: number, ...parts: Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size =
    length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return new Uint8Array(Buffer.concat([Buffer.of(tag, ...size), content]));
}

export interface TstFields {
  imprint: Uint8Array;
  nonce?: Uint8Array;
  time: Date;
}

/** A TSTInfo of version 1 (RFC 3161 §2.4.2) with SHA-256. */
export function tstInfo({ imprint, nonce, time }: TstFields): Uint8Array {
  const text = `${time.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  return der(
    0x30,
    der(0x02, Uint8Array.of(1)),
    der(0x06, Uint8Array.of(0x2a, 3, 4)),
    der(0x30, der(0x30, Buffer.from('06096086480165030402010500', 'hex')), der(0x04, imprint)),
    der(0x02, Uint8Array.of(7)),
    der(0x18, Buffer.from(text, 'latin1')),
    ...(nonce === undefined ? [] : [der(0x02, nonce)]),
  );
}
