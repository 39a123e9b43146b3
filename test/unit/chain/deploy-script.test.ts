import { spawn } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { createRegistryReader } from '../../../src/adapters/chain/evidence-registry.ts';
import { startRpcEndpoint } from '../../../src/adapters/chain/rpc-endpoint.ts';
import { LOG_ID } from './anchor-fixture.ts';
import { chainOf, temporaryFolder } from './chain-fixture.ts';

const script = join(import.meta.dirname, '../../../scripts/deploy.ts');

/** Runs the script; not synchronously, because the node it talks to lives in this process. */
function run(args: string[]): Promise<{ code: number | null; out: string; complaints: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [script, ...args]);
    let [out, complaints] = ['', ''];
    child.stdout.on('data', (part) => {
      out += part;
    });
    child.stderr.on('data', (part) => {
      complaints += part;
    });
    child.on('close', (code) => resolve({ code, out, complaints }));
  });
}

describe('scripts/deploy.ts', function () {
  this.timeout(20_000);

  it('deploys and opens a log over JSON-RPC, does nothing twice, and keeps to guarded keys', async () => {
    const folder = temporaryFolder();
    const made = chainOf(join(folder.path, 'chain'));
    const chain = await made.open();
    const endpoint = await startRpcEndpoint({ request: chain.request.bind(chain), port: 0 });
    const keyFile = join(folder.path, 'admin.key');
    writeFileSync(keyFile, Buffer.from(made.key).toString('hex'), { mode: 0o600 });
    const publisher = `0x${'ab'.repeat(20)}`;
    const common = ['--rpc', endpoint.url, '--admin-key', keyFile, '--log-id', LOG_ID];
    const first = await run([...common, '--publisher', publisher]);
    expect(first.code, first.complaints).to.equal(0);
    const identity = JSON.parse(first.out);
    const reader = createRegistryReader(chain.request.bind(chain), identity.registry);
    expect(await reader.publisherOf(LOG_ID)).to.equal(publisher);
    expect(identity).to.deep.include(await reader.identity());

    const again = [...common, '--publisher', publisher, '--registry', identity.registry];
    expect((await run(again)).code).to.equal(0);
    expect(chain.blockCount()).to.equal(2);

    chmodSync(keyFile, 0o644);
    const exposed = await run([...common, '--publisher', publisher]);
    expect([exposed.code, chain.blockCount()]).to.deep.equal([1, 2]);
    expect(exposed.complaints).to.match(/chmod 600/);
    await endpoint.close();
    await chain.close();
    folder.remove();
  });
});
