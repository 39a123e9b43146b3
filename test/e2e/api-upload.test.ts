import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect } from 'chai';
import { bearer, fileHeader, type RunningApi, runApi } from '../unit/api/running-api.ts';

const CHUNK = Buffer.alloc(64 << 10, 'a page of a scanned contract ');
const CHUNKS = 1600;

describe('a file of 100 MB over HTTP', function () {
  this.timeout(60_000);
  let api: RunningApi;
  before(async () => {
    api = await runApi();
  });
  after(() => api.stop());

  /** @returns the answer, and the most memory that the process held meanwhile */
  async function upload(eventId: string, chunks: number) {
    const hash = createHash('sha256');
    for (let i = 0; i < chunks; i++) hash.update(CHUNK);
    const sha256 = hash.digest();
    let most = 0;
    const look = () => {
      most = Math.max(most, process.memoryUsage().rss);
    };
    function* pages() {
      for (let i = 0; i < chunks; i++) {
        look();
        yield CHUNK;
      }
    }
    const headers = {
      ...bearer(api.keys.depositor),
      'content-type': 'application/pdf',
      'content-digest': `sha-256=:${sha256.toString('base64')}:`,
      'cunzheng-deposit': fileHeader(eventId),
    };
    const sending = request(`${api.url}/v1/deposits`, { method: 'POST', headers });
    const answered = new Promise<{ status: number | undefined; text: string }>(
      (resolve, reject) => {
        sending.on('error', reject);
        sending.on('response', async (response) => {
          let text = '';
          for await (const chunk of response) text += chunk;
          resolve({ status: response.statusCode, text });
        });
      },
    );
    await pipeline(Readable.from(pages()), sending);
    const { status, text } = await answered;
    look();
    return { status, text, most, sha256: sha256.toString('hex') };
  }

  it('is deposited in flat memory, whole and with its digests', async () => {
    // A first large file starts the thread that hashes; what counts is what a file itself takes.
    await upload('first', CHUNKS / 20);
    const before = process.memoryUsage().rss;
    const { status, text, most, sha256 } = await upload('large', CHUNKS);
    expect(status).to.equal(201);
    const { evidenceNo } = JSON.parse(text);
    const artifact = (await api.evidence.history(evidenceNo)).at(-1);
    expect(artifact?.statement.file).to.include({ size: CHUNK.length * CHUNKS, sha256 });
    const objects = readdirSync(join(api.folder, 'objects'), { recursive: true });
    expect(objects.filter((name) => String(name).endsWith('.tmp'))).to.deep.equal([]);
    // Client and server share this process, so this bounds both together.
    expect(most - before).to.be.below(80 << 20);
    console.log(`      memory grew by ${((most - before) / 2 ** 20).toFixed(1)} MiB`);
  });
});
