import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './adapters/objects/durable-file.ts';
import { createSignedPdfThread } from './adapters/signing/signed-pdf-thread.ts';
import { systemClock } from './adapters/system/system-ports.ts';
import { type Evidence, SignatureChecks } from './evidence/index.ts';
import { utf8 } from './formats/bytes.ts';
import { CodedError } from './formats/errors.ts';

export interface WiredSignatureChecks {
  /** Checks what is in the log and was not checked yet. */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** A file of `signature-roots/` that is no certificate: a typing error there must not go unseen. */
export class SignatureRootError extends CodedError<'SIGNATURE_ROOT_INVALID'> {}

/**
 * The checks of one installation. Roots that it trusts for the signatures of its contracts lie as
 * certificates (PEM or DER: .pem, .crt, .cer, .der) in `signature-roots/` of the data folder.
 */
export function openSignatureChecks(dataFolder: string, evidence: Evidence): WiredSignatureChecks {
  const thread = createSignedPdfThread(readRoots(join(dataFolder, 'signature-roots')));
  const cursor = cursorFile(dataFolder);
  const check = thread.check;
  const checks = new SignatureChecks({ evidence, check, cursor, clock: systemClock, onError });
  evidence.onPdf = (place) => checks.notice(place);
  return {
    finish: () => checks.finish(),
    async close() {
      await checks.close();
      await thread.close();
    },
  };
}

/** One line on standard error: the code alone, since a message could name what is private. */
function onError(error: unknown): void {
  const code = error instanceof CodedError ? error.code : 'unknown';
  const line = { at: systemClock.now().toISOString(), event: 'signature.unchecked', code };
  process.stderr.write(`${JSON.stringify(line)}\n`);
}

/** @throws SignatureRootError SIGNATURE_ROOT_INVALID */
function readRoots(folder: string): Uint8Array[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /\.(pem|crt|cer|der)$/i.test(name));
  return names.sort().map((name) => {
    try {
      return new Uint8Array(new X509Certificate(readFileSync(join(folder, name))).raw);
    } catch (cause) {
      throw new SignatureRootError(
        'SIGNATURE_ROOT_INVALID',
        `signature-roots/${name} is no certificate`,
        'Put one X.509 certificate, PEM or DER, into each file.',
        { cause },
      );
    }
  });
}

/** A file that is lost or nonsense means that the log is read from its beginning. */
function cursorFile(dataFolder: string) {
  const path = join(dataFolder, 'signature-checks.json');
  return {
    async read(): Promise<number> {
      if (!existsSync(path)) return 0;
      const found = /^\{"checkedBelow":(\d{1,15})\}$/.exec(readFileSync(path, 'utf8'));
      return found === null ? 0 : Number(found[1]);
    },
    async write(checkedBelow: number): Promise<void> {
      await writeDurably(dataFolder, [utf8(JSON.stringify({ checkedBelow }))], path);
    },
  };
}
