import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './adapters/objects/durable-file.ts';
import { createBundleAssembler } from './adapters/pdf/bundle-assembler.ts';
import { createTypstEngine } from './adapters/pdf/typst-engine.ts';
import { createTypstRenderer } from './adapters/pdf/typst-renderer.ts';
import { systemClock } from './adapters/system/system-ports.ts';
import { createContainerWriter } from './adapters/zip/container-writer.ts';
import type { Installation } from './compose.ts';
import { sha256Hex } from './formats/digest.ts';
import { parseJson } from './formats/jcs.ts';
import { LitigationError } from './litigation/errors.ts';
import { type FilingProfile, parseFilingProfile } from './litigation/matter/filing-profile.ts';
import { buildDocuments } from './litigation/package/documents/build-documents.ts';
import type { FilingPorts, PackageFolder } from './litigation/package/file-cases.ts';

/** Everything that turns a loan into a package, for one installation. */
export function openLitigation(installation: Installation): FilingPorts {
  const { config, evidence, signer, policy } = installation;
  const templatesFolder = join(config.projectFolder, 'templates');
  const engine = createTypstEngine(templatesFolder);
  const text = (name: string) => readFileSync(join(templatesFolder, 'package', name), 'utf8');
  return {
    evidence,
    renderer: createTypstRenderer({ templatesFolder, engine }),
    assembler: createBundleAssembler({ templatesFolder, engine }),
    signer,
    policy,
    clock: systemClock,
    container: createContainerWriter(),
    texts: {
      verifyText: text('VERIFY.txt'),
      verifyScript: text('verify.sh'),
      verifyPage: text('verify.html'),
    },
    documents: buildDocuments,
    ledger: installation.ledger,
    folder: openPackageFolder(join(config.dataFolder, 'packages')),
  };
}

/** Packages hold personal data: only the service's user may read them. */
function openPackageFolder(folder: string): PackageFolder {
  return {
    async write(name, bytes) {
      await writeDurably(folder, [bytes], join(folder, name));
      return name;
    },
    async digest(path) {
      const place = join(folder, path);
      return existsSync(place) ? sha256Hex(readFileSync(place)) : undefined;
    },
  };
}

/**
 * A filing profile: by name from `profiles/filing/`, else by the path of a file.
 * @throws LitigationError FILING_PROFILE_INVALID
 */
export function readFilingProfile(projectFolder: string, nameOrPath: string): FilingProfile {
  const named = join(projectFolder, 'profiles', 'filing', `${nameOrPath}.json`);
  const path = /^[\w-]+$/.test(nameOrPath) && existsSync(named) ? named : nameOrPath;
  if (!existsSync(path)) {
    const what = `there is no filing profile "${nameOrPath}"`;
    const remedy =
      'Name one of profiles/filing, or the path of your own (docs/filing-profiles.md).';
    throw new LitigationError('FILING_PROFILE_INVALID', what, remedy);
  }
  return parseFilingProfile(parseJson(readFileSync(path)));
}
