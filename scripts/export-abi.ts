import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from 'ethers';
import { compileContracts, compiledContract } from './compile-contracts.ts';

/**
 * The text of `src/adapters/chain/evidence-registry.json`: what the service deploys and compares
 * with, so that nothing is compiled at run time.
 * @throws Error when the contract does not compile or has immutables: then the code on the chain
 *   would differ from the code here, and a verifier could not name it by one hash
 */
export function renderRegistryArtifact(): string {
  const contract = compiledContract(compileContracts(), 'EvidenceRegistry');
  if (contract.immutables > 0) throw new Error('EvidenceRegistry must not have immutables');
  const artifact = {
    contractName: 'EvidenceRegistry',
    compiler: 'solc 0.8.37',
    codeHash: sha256(contract.deployedBytecode).slice(2),
    abi: contract.abi,
    bytecode: contract.bytecode,
    deployedBytecode: contract.deployedBytecode,
  };
  return `${JSON.stringify(artifact, null, 2)}\n`;
}

if (import.meta.main) {
  const path = join(import.meta.dirname, '..', 'src', 'adapters', 'chain');
  writeFileSync(join(path, 'evidence-registry.json'), renderRegistryArtifact());
}
