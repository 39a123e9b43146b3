import { createHash, createHmac } from 'node:crypto';
import { sha256 as nobleSha256, sha512 as nobleSha512 } from '@noble/hashes/sha2.js';
import { expect } from 'chai';
import { fromBase64, fromHex, fromUtf8, toHex, uint64, utf8 } from '../../../src/formats/bytes.ts';
import { hmacSha256, sha256, sha256Hex, sha512 } from '../../../src/formats/digest.ts';
import { FormatError } from '../../../src/formats/errors.ts';
import { parseJson } from '../../../src/formats/jcs.ts';
import { parsePolicy } from '../../../src/formats/policy.ts';
import { isEventTime } from '../../../src/formats/statement.ts';

describe('bytes and digests', () => {
  it('the digest of the runtime and the one in JavaScript agree, at every block border', () => {
    for (const length of [0, 1, 55, 56, 63, 64, 65, 111, 112, 127, 128, 129, 1000, 100_000]) {
      const data = Uint8Array.from({ length }, (_, i) => (i * 7 + length) & 0xff);
      expect(sha256(data)).to.deep.equal(nobleSha256(data));
      expect(sha512(data)).to.deep.equal(nobleSha512(data));
      const wanted = createHash('sha256').update(data).digest('hex');
      expect(sha256Hex(data)).to.equal(wanted);
      const key = data.subarray(0, 100);
      const mac = createHmac('sha256', key).update(data).digest('hex');
      expect(toHex(hmacSha256(key, data))).to.equal(mac);
    }
  });

  it('a digest does not change when the bytes it came from do', () => {
    const [first, second] = [sha256(utf8('a')), sha256(utf8('b'))];
    expect(toHex(first)).to.equal(createHash('sha256').update('a').digest('hex'));
    expect(toHex(second)).to.equal(createHash('sha256').update('b').digest('hex'));
  });

  it('hex: lower case, whole bytes, the length asked for', () => {
    expect(fromHex('00ff', 2)).to.deep.equal(Uint8Array.of(0, 255));
    for (const bad of ['0', 'FF', 'gg', '00\n', ' 00', '0x00']) {
      expect(() => fromHex(bad), bad).to.throw(FormatError);
    }
    expect(() => fromHex('00', 2)).to.throw(FormatError);
  });

  it('base64: one text for each sequence of bytes', () => {
    expect(fromBase64('AAE=')).to.deep.equal(Uint8Array.of(0, 1));
    expect(fromBase64('')).to.deep.equal(new Uint8Array());
    for (const bad of ['AAE', 'AAF=', 'AA E=', 'AAE=\n', 'AA-_', 'AAE==', '=', 'AAE=AAE=']) {
      expect(() => fromBase64(bad), bad).to.throw(FormatError);
    }
  });

  it('a count is eight bytes and never wraps', () => {
    expect(toHex(uint64(2 ** 40 + 1))).to.equal('0000010000000001');
    for (const bad of [-1, 0.5, Number.NaN, 2 ** 53]) {
      expect(() => uint64(bad)).to.throw(RangeError);
    }
  });

  it('text is UTF-8 to the letter: no replacement, no lost byte order mark', () => {
    expect(fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).to.equal('\ufeffa');
    expect(() => fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).to.throw(FormatError);
  });

  it('a string of megabytes is read, not a crash of the pattern engine', () => {
    const long = 'x\\"'.repeat(3_000_000);
    expect(parseJson(`{"a":"${long}"}`)).to.deep.equal({ a: 'x"'.repeat(3_000_000) });
    expect(() => fromBase64('A'.repeat(9_000_001))).to.throw(FormatError);
    expect(() => parseJson('['.repeat(200_000))).to.throw(FormatError);
  });

  it('an object that cannot become a text is refused like any other', () => {
    const hostile = parseJson('{"toString":1,"valueOf":1}');
    expect(() => fromHex(hostile as never)).to.throw(FormatError);
    expect(() => fromBase64(hostile as never)).to.throw(FormatError);
    expect(() =>
      parsePolicy('{"v":1,"type":"policy","name":"x","logs":[{"toString":1}]}'),
    ).to.throw(FormatError);
  });

  it('knows the calendar without asking the engine', () => {
    const days = (year: number, month: number): number =>
      Array.from({ length: 31 }, (_, i) => String(i + 1).padStart(2, '0')).filter((day) =>
        isEventTime(`${year}-${String(month).padStart(2, '0')}-${day}`),
      ).length;
    for (const year of [1900, 2000, 2023, 2024, 2100]) {
      for (let month = 1; month <= 12; month++) {
        const wanted = new Date(Date.UTC(year, month, 0)).getUTCDate();
        expect(days(year, month), `${year}-${month}`).to.equal(wanted);
      }
    }
  });
});
