import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import { expect } from 'chai';
import { utf8 } from '../../../src/formats/bytes.ts';
import { parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { sha512 } from '../../../src/formats/digest.ts';
import { verifyEd25519 } from '../../../src/formats/ed25519.ts';
import { parseVerifierKey } from '../../../src/formats/note.ts';
import type { ParseCase } from '../../vectors/case.ts';

// SubjectPublicKeyInfo of an Ed25519 key up to the key itself (RFC 8410).
const SPKI = Buffer.from('302a300506032b6570032100', 'hex');

/** openssl's own verdict on a raw Ed25519 signature. */
function opensslVerifies(signature: Uint8Array, data: Uint8Array, key: Uint8Array): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'formats-'));
  try {
    const file = (name: string, bytes: Uint8Array): string => {
      writeFileSync(join(folder, name), bytes);
      return join(folder, name);
    };
    const run = spawnSync('openssl', [
      ...['pkeyutl', '-verify', '-rawin', '-pubin', '-keyform', 'DER'],
      ...['-inkey', file('key.der', Buffer.concat([SPKI, key]))],
      ...['-sigfile', file('note.sig', signature), '-in', file('note.txt', data)],
    ]);
    return run.status === 0 && run.stdout.toString().includes('Verified Successfully');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function pointsAndScalars() {
  const { Point } = ed25519;
  const order = Point.Fn.ORDER;
  const number = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
  const bytes = (value: bigint) =>
    Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse());
  // A point of order 8: whatever lies outside the prime-order subgroup of an arbitrary point.
  const small = Point.fromHex(`03${'00'.repeat(31)}`, true).multiplyUnsafe(order - 1n);
  const torsion = small.add(Point.fromHex(`03${'00'.repeat(31)}`, true));
  return { Point, order, number, bytes, torsion };
}

/** A signature by the group equation for any key point and any nonce point. */
function forge(withTorsion: { inKey: boolean; inNonce: boolean }, data: Uint8Array) {
  const { Point, order, number, bytes, torsion } = pointsAndScalars();
  const [a, r] = [123456789n, 987654321n];
  const add = (point: typeof torsion, yes: boolean) => (yes ? point.add(torsion) : point);
  const key = add(Point.BASE.multiply(a), withTorsion.inKey).toBytes();
  const nonce = add(Point.BASE.multiply(r), withTorsion.inNonce).toBytes();
  const k = number(sha512(Buffer.concat([nonce, key, data]))) % order;
  return { key, signature: Buffer.concat([nonce, bytes((r + k * a) % order)]) };
}

describe('Ed25519 as openssl sees it', () => {
  before(function () {
    const found = spawnSync('openssl', ['version'], { encoding: 'utf8' });
    if (found.error !== undefined || !/^OpenSSL 3/.test(found.stdout)) {
      console.log('    skipped: openssl 3 is not installed');
      this.skip();
    }
  });

  it('a checkpoint verifies with openssl alone, and not after a change', () => {
    const file = new URL('../../vectors/checkpoint.json', import.meta.url);
    const { parse } = JSON.parse(readFileSync(file, 'utf8')) as { parse: ParseCase[] };
    const vector = parse[0];
    const { note } = parseCheckpoint(vector?.input ?? '');
    const { publicKey } = parseVerifierKey(vector?.vkey as string);
    const signature = note.signatures[0]?.signature ?? new Uint8Array();
    expect(opensslVerifies(signature, utf8(note.text), publicKey)).to.equal(true);
    expect(opensslVerifies(signature, utf8(`${note.text} `), publicKey)).to.equal(false);
  });

  for (const torsion of [
    { inKey: false, inNonce: false },
    { inKey: false, inNonce: true },
    { inKey: true, inNonce: false },
    { inKey: true, inNonce: true },
  ]) {
    it(`no signature divides us: small-order part ${JSON.stringify(torsion)}`, () => {
      const data = utf8('a text to sign');
      const { key, signature } = forge(torsion, data);
      const theirs = opensslVerifies(signature, data, key);
      expect(verifyEd25519(signature, data, key)).to.equal(theirs);
      // The case is a real one: the equation with the cofactor accepts all four.
      expect(ed25519.verify(signature, data, key, { zip215: false })).to.equal(true);
    });
  }
});
