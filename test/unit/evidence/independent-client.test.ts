import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { expect } from 'chai';
import {
  type EvidenceRig,
  openEvidenceRig,
  repayment,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { auditPath, leafHash, rootOf, TlogClient, treeHash } from '../../support/tlog-client.ts';

/** A plain web server over a folder: nothing of the service is behind it. */
function serveFolder(folder: string): Promise<{ url: string; server: Server }> {
  const server = createServer((request, response) => {
    try {
      response.end(readFileSync(join(folder, normalize(request.url ?? '/'))));
    } catch {
      response.writeHead(404).end();
    }
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ url: `http://127.0.0.1:${port}`, server });
    });
  });
}

describe('a tlog client that knows nothing of this project', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  let rig: EvidenceRig;
  let server: Server;
  let client: TlogClient;

  before(async () => {
    rig = openEvidenceRig(scratch.path);
    for (const [from, to] of [
      [0, 40],
      [40, 300],
      [300, 700],
    ] as const) {
      const commands = Array.from({ length: to - from }, (_, i) =>
        repayment(`L-${(from + i) % 23}`, `e${from + i}`),
      );
      await Promise.all(commands.map((command) => rig.evidence.acceptDeposit(command)));
      await rig.evidence.publishCheckpoint();
    }
    const served = await serveFolder(join(scratch.path, 'log'));
    server = served.server;
    client = new TlogClient(served.url, rig.evidence.vkey);
  });
  after(() => {
    server.close();
    rig.close();
    scratch.remove();
  });

  it('verifies the checkpoint and recomputes its root from hash tiles', async () => {
    const head = await client.checkpoint();
    expect(head).to.include({ origin: 'rig.example/log', size: 703 });
    const leaves = await client.level(0, head.size);
    expect(treeHash(leaves).equals(head.root)).to.equal(true);
    const upper = await client.level(1, head.size);
    const expected = [treeHash(leaves.slice(0, 256)), treeHash(leaves.slice(256, 512))];
    expect(Buffer.concat(upper).equals(Buffer.concat(expected))).to.equal(true);
    expect(client.fetched).to.include('tile/0/002.p/191');
  });

  it('finds every entry of the bundles included under the signed root', async () => {
    const { size, root } = await client.checkpoint();
    const entries = await client.entries(size);
    expect(entries).to.have.length(703);
    const leaves = await client.level(0, size);
    for (const [index, data] of entries.entries()) {
      expect(leafHash(data).equals(leaves[index] ?? Buffer.alloc(0)), `leaf ${index}`).to.equal(
        true,
      );
    }
    for (const [index, data] of entries.entries()) {
      const found = rootOf(index, size, data, auditPath(index, leaves));
      expect(found.equals(root), `entry ${index}`).to.equal(true);
    }
    expect(rootOf(1, size, entries[0] ?? root, auditPath(0, leaves)).equals(root)).to.equal(false);
  });

  it('refuses the checkpoint under another key', async () => {
    const other = openEvidenceRig(join(scratch.path, 'other'));
    const { port } = server.address() as AddressInfo;
    const stranger = new TlogClient(`http://127.0.0.1:${port}`, other.evidence.vkey);
    other.close();
    const outcome = await stranger.checkpoint().catch((error: Error) => error.message);
    expect(outcome).to.equal('no valid signature of the log');
  });

  it('can still fetch every tile of an earlier checkpoint', async () => {
    const first = (await rig.evidence.listCheckpoints())[0];
    const leaves = await client.level(0, first?.size ?? 0);
    const root = Buffer.from(first?.note.split('\n')[2] ?? '', 'base64');
    expect(treeHash(leaves).equals(root)).to.equal(true);
  });
});
