import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ApiKeyError, openApiKeyFile } from '../../../src/adapters/keys/api-key-file.ts';
import { systemClock, systemRandom } from '../../../src/adapters/system/system-ports.ts';

const ports = { clock: systemClock, random: systemRandom };

describe('file of API keys', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cunzheng-keys-'));
  const path = join(folder, 'api-keys.json');
  after(() => rmSync(folder, { recursive: true }));

  const code = (work: () => unknown) => {
    try {
      work();
      return undefined;
    } catch (error) {
      if (error instanceof ApiKeyError) return error.code;
      throw error;
    }
  };

  it('makes keys of 256 bits and keeps only their hashes, for the owner alone', () => {
    const file = openApiKeyFile(path, ports);
    const key = file.createApiKey('core-bank', ['depositor']);
    expect(key).to.match(/^czk_[A-Za-z0-9_-]{43}$/);
    expect(readFileSync(path, 'utf8')).to.not.contain(key).and.not.contain(key.slice(4));
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    expect(file.checkKey(key)).to.deep.equal({ name: 'core-bank', roles: ['depositor'] });
    expect(file.checkKey(`${key}x`)).to.equal(undefined);
    expect(file.checkKey('')).to.equal(undefined);
    expect(file.createApiKey('legal-office', ['legal', 'auditor'])).to.not.equal(key);
  });

  it('sees at once what another process changes', () => {
    const serving = openApiKeyFile(path, ports);
    const other = openApiKeyFile(path, ports);
    const key = other.createApiKey('new-system', ['depositor']);
    expect(serving.checkKey(key)).to.deep.include({ name: 'new-system' });
    expect(other.revokeApiKey('new-system')).to.equal(true);
    expect(serving.checkKey(key)).to.equal(undefined);
    expect(other.revokeApiKey('new-system')).to.equal(false);
    expect(serving.listApiKeys().map(({ name }) => name)).to.deep.equal([
      'core-bank',
      'legal-office',
    ]);
  });

  it('refuses names that are taken or malformed, and keys without a role', () => {
    const file = openApiKeyFile(path, ports);
    for (const name of ['core-bank', '', 'Zhang San', 'x'.repeat(65), '../x']) {
      expect(
        code(() => file.createApiKey(name, ['legal'])),
        name,
      ).to.equal('KEY_NAME_INVALID');
    }
    expect(code(() => file.createApiKey('none', []))).to.equal('KEY_NAME_INVALID');
    const stranger = ['root'] as unknown as ['legal'];
    expect(code(() => file.createApiKey('none', stranger))).to.equal('KEY_NAME_INVALID');
  });

  it('refuses a file that others can read or that was damaged', function () {
    if (process.platform === 'win32') this.skip();
    chmodSync(path, 0o640);
    expect(code(() => openApiKeyFile(path, ports))).to.equal('KEY_FILE_EXPOSED');
    chmodSync(path, 0o600);
    const good = JSON.parse(readFileSync(path, 'utf8'));
    const [first] = good.keys;
    for (const bad of [
      '',
      '[]',
      JSON.stringify({ ...good, v: 2 }),
      JSON.stringify({ ...good, more: 1 }),
      JSON.stringify({ v: 1, keys: [{ ...first, sha256: 'ab' }] }),
      JSON.stringify({ v: 1, keys: [{ ...first, roles: ['root'] }] }),
    ]) {
      writeFileSync(path, bad);
      expect(
        code(() => openApiKeyFile(path, ports)),
        bad,
      ).to.equal('KEY_FILE_INVALID');
    }
  });
});
