import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { openLogSigner } from '../../src/adapters/keys/key-files.ts';
import { openKeyVault } from '../../src/adapters/keys/key-vault.ts';
import { systemRandom } from '../../src/adapters/system/system-ports.ts';
import { scratchFolder } from '../support/evidence-rig.ts';
import { keyVaultConformance, logSignerConformance } from './keys.ts';

const scratch = scratchFolder();
const at = (installation: number, file: string) => join(scratch.path, `keys-${installation}`, file);

keyVaultConformance('key files', (n) => openKeyVault(at(n, ''), systemRandom));
logSignerConformance('key files', (n, origin) => openLogSigner(at(n, 'log.key'), origin));

describe('key files', () => {
  after(() => scratch.remove());

  it('can be read by their owner alone', function () {
    if (process.platform === 'win32') this.skip();
    openKeyVault(at(3, ''), systemRandom);
    openLogSigner(at(3, 'log.key'), 'conformance.example/log');
    for (const file of ['master.key', 'index.key', 'log.key']) {
      expect(statSync(at(3, file)).mode & 0o777, file).to.equal(0o600);
    }
    expect(statSync(join(scratch.path, 'keys-3')).mode & 0o777).to.equal(0o700);
  });

  it('that were cut are refused, not filled up', () => {
    openKeyVault(at(4, ''), systemRandom);
    writeFileSync(at(4, 'master.key'), Buffer.alloc(31));
    expect(() => openKeyVault(at(4, ''), systemRandom)).to.throw('master.key');
    writeFileSync(at(4, 'master.key'), '');
    expect(() => openKeyVault(at(4, ''), systemRandom)).to.throw('master.key');
  });
});
