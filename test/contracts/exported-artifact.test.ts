import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { renderRegistryArtifact } from '../../scripts/export-abi.ts';

const path = join(import.meta.dirname, '../../src/adapters/chain/evidence-registry.json');

describe('the exported registry', function () {
  this.timeout(20_000);

  it('is what the contracts of this tree compile to (else run: node scripts/export-abi.ts)', () => {
    expect(readFileSync(path, 'utf8') === renderRegistryArtifact()).to.equal(true);
  });
});
