import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { expect } from 'chai';
import { codeOf } from './code-of.ts';
import { type EvidenceRig, repayment } from './evidence-rig.ts';

/** A file system of three megabytes. @returns why there is none, if there is none */
export function mountSmall(folder: string): string | undefined {
  if (process.platform !== 'linux') return 'needs Linux';
  mkdirSync(folder, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message.split('\n')[0] : 'unknown';
  }
}

export function unmount(folder: string): void {
  execFileSync('umount', ['-l', folder]);
}

/** Small deposits until not even one more fits. */
export async function fillUp({ evidence }: Pick<EvidenceRig, 'evidence'>): Promise<void> {
  for (let i = 0; i < 2000; i++) {
    const code = await codeOf(evidence.acceptDeposit(repayment('L-2', `small ${i}`)));
    if (code === 'STORE_FULL') return;
    expect(code).to.equal('no error');
  }
  throw new Error('the disk never filled up');
}

/** What is too little for a deposit may be enough for a small file. */
export function fillToTheBrim(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (;;) writeSync(file, Buffer.alloc(1024));
  } catch (error) {
    expect((error as { code: string }).code).to.equal('ENOSPC');
  } finally {
    closeSync(file);
  }
}
