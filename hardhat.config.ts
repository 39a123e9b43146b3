import { fileURLToPath } from 'node:url';
import hardhatEthers from '@nomicfoundation/hardhat-ethers';
import hardhatMatchers from '@nomicfoundation/hardhat-ethers-chai-matchers';
import hardhatMocha from '@nomicfoundation/hardhat-mocha';
import hardhatHelpers from '@nomicfoundation/hardhat-network-helpers';
import { defineConfig } from 'hardhat/config';
import { soliditySettings } from './scripts/compile-contracts.ts';

// The compiler is the npm package solc, so a build needs no download.
const compiler = {
  version: '0.8.37',
  path: fileURLToPath(import.meta.resolve('solc/soljson.js')),
  settings: soliditySettings,
};

export default defineConfig({
  plugins: [hardhatEthers, hardhatMocha, hardhatMatchers, hardhatHelpers],
  solidity: { profiles: { default: compiler, production: compiler } },
  paths: { sources: 'contracts', tests: 'test/contracts' },
});
