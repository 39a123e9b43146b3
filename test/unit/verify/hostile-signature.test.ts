import { generateKeyPairSync, sign } from 'node:crypto';
import { expect } from 'chai';
import { verifyDetachedCms } from '../../../src/verify/cms.ts';
import { readDer } from '../../../src/verify/der.ts';
import { integerOf, oidOf } from '../../../src/verify/der-values.ts';
import { verifyPdfSignatures } from '../../../src/verify/pdf-signature.ts';
import { parsePublicKey, verifySignature } from '../../../src/verify/public-key.ts';

const options = { trustedRoots: [], at: new Date('2026-01-01T00:00:00Z') };

/** One DER element of any size. */
function element(tag: number, ...parts: Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(body.length);
  const least = size.subarray(size.findIndex((byte) => byte !== 0));
  const length = body.length < 0x80 ? [body.length] : [0x80 | least.length, ...least];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** An object identifier whose one arc takes `size` bytes. */
function longOid(size: number): Buffer {
  const arc = Buffer.alloc(size, 0x81);
  arc[size - 1] = 1;
  return element(0x06, arc);
}

/** A file of one signature dictionary, whose /Contents holds `digits` zeros. */
function pdfWithGap(digits: number, between = ''): Buffer {
  const number = (value: number) => String(value).padStart(10, '0');
  const head = (before: number, after: number, rest: number) =>
    `%PDF-1.7\n<</ByteRange [0 ${[before, after, rest].map(number).join(' ')}]${between}/Contents `;
  const before = head(0, 0, 0).length;
  const tail = '>>\n%%EOF\n';
  const text = head(before, before + digits + 2, tail.length);
  return Buffer.concat([
    Buffer.from(`${text}<`),
    Buffer.alloc(digits, 0x30),
    Buffer.from(`>${tail}`),
  ]);
}

function timed<T>(work: () => T): { value: T; ms: number } {
  const start = performance.now();
  return { value: work(), ms: performance.now() - start };
}

const verdictOf = ({ result, reason }: { result: string; reason: string }): string =>
  `${result} ${reason}`;

describe('signatures of hostile bytes', () => {
  it('refuses a huge object identifier at once instead of computing with it', () => {
    // 200,000 bytes took 23 seconds, by the square of the length.
    const hostile = element(0x30, longOid(400_000));
    const { value, ms } = timed(() => verifyDetachedCms(hostile, new Uint8Array(), options));
    expect(verdictOf(value)).to.equal('failed CMS_MALFORMED');
    expect(ms).to.be.below(1000);
    expect(() => oidOf(readDer(longOid(65)))).to.throw('an OID');
    expect(oidOf(readDer(longOid(60)))).to.match(/^2\./);
  });

  it('refuses numbers larger than any key', () => {
    const huge = element(0x02, Buffer.alloc(5000, 0x7f));
    expect(() => integerOf(readDer(huge))).to.throw('an INTEGER of 5000 bytes');
    expect(integerOf(readDer(element(0x02, Buffer.alloc(4096, 0x7f)))) > 0n).to.equal(true);
  });

  it('does not take a signature structure of megabytes apart', () => {
    const hostile = element(0x30, Buffer.alloc(2 << 20));
    const verdict = verifyDetachedCms(hostile, new Uint8Array(), options);
    expect(verdictOf(verdict)).to.equal('indeterminate CMS_NOT_SUPPORTED');
  });

  it('does not bring Node down with a key that only one of two readers accepts', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const message = Buffer.from('signed');
    const signature = sign('sha256', message, privateKey);
    const spki = publicKey.export({ format: 'der', type: 'spki' });
    const sound = parsePublicKey(readDer(spki));
    const algorithm = { kind: 'ec', hash: 'sha256' } as const;
    expect(verifySignature(sound, algorithm, message, signature)).to.equal(true);
    // One more parameter behind the curve: legal DER, no key to OpenSSL.
    const oids = Buffer.concat([spki.subarray(4, 23), Buffer.from('0500', 'hex')]);
    const longer = element(0x30, element(0x30, oids), spki.subarray(23));
    expect(() => parsePublicKey(readDer(longer))).to.throw('3 elements, not 2');
    if (sound.kind !== 'ec') throw new Error('not an EC key');
    const refused = { ...sound, spki: longer };
    expect(verifySignature(refused, algorithm, message, signature)).to.equal(false);
  });

  it('passes over a gap or a dictionary of the size of a file', () => {
    for (const pdf of [pdfWithGap(8 << 20), pdfWithGap(8, ' '.repeat(1 << 20))]) {
      const { value, ms } = timed(() => verifyPdfSignatures(pdf, options));
      expect(verdictOf(value)).to.equal('failed BYTE_RANGE_WRONG');
      expect(ms).to.be.below(1000);
    }
    expect(verdictOf(verifyPdfSignatures(pdfWithGap(64), options))).to.equal(
      'failed CMS_MALFORMED',
    );
  });
});
