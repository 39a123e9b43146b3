import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { StartedDeployment } from './adapters/chain/deploy-registry.ts';
import { writeSecretFile } from './adapters/keys/key-files.ts';
import { readPrivateFile } from './adapters/keys/private-file.ts';
import { AnchorSettingsError } from './anchor-settings.ts';
import { FormatError } from './formats/errors.ts';
import { FieldReader } from './formats/fields.ts';
import { parseJson } from './formats/jcs.ts';

/** What `chain add` has begun for one target, in a file beside `anchors.json`. */
export interface DeploymentNote {
  /** @throws AnchorSettingsError when the file is not one of ours; PrivateFileError FILE_EXPOSED */
  read(): StartedDeployment | undefined;
  /** On the disk when this returns. */
  write(started: StartedDeployment): void;
  remove(): void;
}

/** @param target name of the target, lower-case letters, digits, hyphens */
export function deploymentNote(dataFolder: string, target: string): DeploymentNote {
  const path = join(dataFolder, `chain-add-${target}.json`);
  return {
    read: () => (existsSync(path) ? parse(path, readPrivateFile(path)) : undefined),
    write(started) {
      const note = { v: 1, type: 'deployment', ...started };
      writeSecretFile(path, `${JSON.stringify(note, undefined, 2)}\n`);
    },
    remove: () => rmSync(path, { force: true }),
  };
}

function parse(path: string, text: string): StartedDeployment {
  try {
    const read = new FieldReader(parseJson(text), 'JSON_INVALID', 'note of a deployment');
    read.constant('v', 1);
    read.constant('type', 'deployment');
    const started = {
      chainId: read.count('chainId'),
      genesisHash: read.matching('genesisHash', /^0x[0-9a-f]{64}$/, 'a 32-byte hash with 0x'),
      admin: read.matching('admin', /^0x[0-9a-f]{40}$/, 'an address with 0x'),
      nonce: read.count('nonce'),
    };
    read.end();
    return started;
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    const remedy = `Remove ${path}, and name the registry with --registry if it was deployed.`;
    throw new AnchorSettingsError('ANCHOR_SETTINGS_INVALID', cause.message, remedy, { cause });
  }
}
