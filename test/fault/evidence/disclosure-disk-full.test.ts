import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect } from 'chai';
import { systemClock, systemRandom } from '../../../src/adapters/system/system-ports.ts';
import { createApp, createServer } from '../../../src/api/app.ts';
import {
  type EvidenceRig,
  openEvidenceRig,
  scan,
  scratchFolder,
} from '../../support/evidence-rig.ts';
import { fillToTheBrim, fillUp, mountSmall, unmount } from '../../support/small-disk.ts';

describe('a disclosure while the disk is full', function () {
  this.timeout(30_000);
  const scratch = scratchFolder();
  const disk = join(scratch.path, 'disk');
  const ballast = join(disk, 'ballast');
  const secret = randomBytes(600).toString('hex');
  let rig: EvidenceRig | undefined;
  let server: Server | undefined;
  let mounted = false;

  before(function () {
    const obstacle = mountSmall(disk);
    mounted = obstacle === undefined;
    if (!mounted) {
      console.log(`      skipped: no small file system can be mounted here (${obstacle})`);
      this.skip();
    }
  });
  after(async () => {
    server?.closeAllConnections();
    await new Promise((resolve) => (server === undefined ? resolve(0) : server.close(resolve)));
    rig?.close();
    if (mounted) unmount(disk);
    scratch.remove();
  });

  async function open(evidence: EvidenceRig['evidence']): Promise<string> {
    const app = createApp({
      evidence,
      checkKey: () => ({ name: 'office', roles: ['legal'] }),
      timeTargets: () => [],
      status: async () => ({}),
      writeLog: () => undefined,
      clock: systemClock,
      random: systemRandom,
    });
    const opened = createServer(app);
    server = opened;
    await new Promise<void>((resolve) => opened.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(opened.address() as AddressInfo).port}`;
  }

  it('hands nothing out, and does so again when there is room', async () => {
    rig = openEvidenceRig(join(disk, 'data'));
    const { evidence } = rig;
    const { evidenceNo } = await evidence.acceptDeposit(scan('L-1', 'e1', Buffer.from(secret)));
    await evidence.publishCheckpoint();
    const url = `${await open(evidence)}/v1/loans/${evidenceNo}`;
    const read = async (path: string): Promise<[number, string]> => {
      const answer = await fetch(url + path, { headers: { authorization: 'Bearer key' } });
      return [answer.status, await answer.text()];
    };
    writeFileSync(ballast, randomBytes(1_800_000));
    await fillUp(rig);
    fillToTheBrim(join(disk, 'rest'));
    for (const path of ['', '/entries/0/content', '/entries/0/proof', '/entries/0/receipt']) {
      const [status, text] = await read(path);
      expect(status, path).to.equal(507);
      expect(JSON.parse(text), path).to.include({ code: 'STORE_FULL' });
      expect(text, path).not.to.include(secret).and.not.to.include('scan.pdf');
    }
    expect(await evidence.history(evidenceNo)).to.have.length(1);

    rmSync(ballast);
    rmSync(join(disk, 'rest'));
    expect(await read('/entries/0/content')).to.deep.equal([200, secret]);
    expect(await evidence.history(evidenceNo)).to.have.length(2);
  });
});
