import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, relative } from 'node:path';

interface SolcModule {
  compile(
    input: string,
    callbacks: { import(path: string): { contents: string } | { error: string } },
  ): string;
}

export interface SolidityMessage {
  severity: 'error' | 'warning' | 'info';
  formattedMessage: string;
  sourceLocation?: { file: string };
}

export interface CompiledContract {
  abi: unknown[];
  /** Creation code, 0x-prefixed. */
  bytecode: string;
  /** Runtime code, 0x-prefixed. */
  deployedBytecode: string;
  /** Number of places in the runtime code that the constructor fills in; 0 for our contracts. */
  immutables: number;
}

export interface Compilation {
  contracts: Map<string, CompiledContract>;
  messages: SolidityMessage[];
}

interface SolcOutput {
  errors?: SolidityMessage[];
  contracts?: Record<
    string,
    Record<
      string,
      {
        abi: unknown[];
        evm: {
          bytecode: { object: string };
          deployedBytecode: { object: string; immutableReferences?: object };
        };
      }
    >
  >;
}

/**
 * One set of settings for the Hardhat build, the check and the exported bytecode. `paris` has no
 * PUSH0: the code also runs on older consortium chains. No metadata hash: the runtime code, and so
 * the code hash that verifiers name in their policy, depends on the code alone and not on comments.
 */
export const soliditySettings = {
  optimizer: { enabled: true, runs: 200 },
  evmVersion: 'paris',
  metadata: { bytecodeHash: 'none', appendCBOR: false },
} as const;

const projectFolder = join(import.meta.dirname, '..');
const require = createRequire(import.meta.url);

function ownSources(): Record<string, { content: string }> {
  const root = join(projectFolder, 'contracts');
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' });
  const sources: Record<string, { content: string }> = {};
  for (const file of files.filter((name) => name.endsWith('.sol')).toSorted()) {
    const path = relative(projectFolder, join(root, file)).replaceAll('\\', '/');
    sources[path] = { content: readFileSync(join(root, file), 'utf8') };
  }
  return sources;
}

function libraryImport(path: string): { contents: string } | { error: string } {
  if (!path.startsWith('@openzeppelin/contracts/')) return { error: `not a dependency: ${path}` };
  try {
    return { contents: readFileSync(require.resolve(path), 'utf8') };
  } catch (cause) {
    return { error: `cannot read ${path}: ${String(cause)}` };
  }
}

/** Compile everything in `contracts/` with the npm package `solc`: offline, pinned, about 2 s. */
export function compileContracts(): Compilation {
  const solc = require('solc') as SolcModule;
  const outputSelection = {
    '*': {
      '*': [
        'abi',
        'evm.bytecode.object',
        'evm.deployedBytecode.object',
        'evm.deployedBytecode.immutableReferences',
      ],
    },
  };
  const input = {
    language: 'Solidity',
    sources: ownSources(),
    settings: { ...soliditySettings, outputSelection },
  };
  const answer = solc.compile(JSON.stringify(input), { import: libraryImport });
  const output = JSON.parse(answer) as SolcOutput;
  const contracts = new Map<string, CompiledContract>();
  for (const file of Object.values(output.contracts ?? {})) {
    for (const [name, { abi, evm }] of Object.entries(file)) {
      contracts.set(name, {
        abi,
        bytecode: `0x${evm.bytecode.object}`,
        deployedBytecode: `0x${evm.deployedBytecode.object}`,
        immutables: Object.keys(evm.deployedBytecode.immutableReferences ?? {}).length,
      });
    }
  }
  return { contracts, messages: output.errors ?? [] };
}

/**
 * A contract by name.
 * @throws Error when the compiler reported an error or the contract does not exist
 */
export function compiledContract(compilation: Compilation, name: string): CompiledContract {
  const contract = compilation.contracts.get(name);
  if (contract !== undefined) return contract;
  const reasons = compilation.messages.map((message) => message.formattedMessage).join('\n');
  throw new Error(`contract ${name} does not compile:\n${reasons}`);
}
