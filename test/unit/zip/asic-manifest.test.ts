import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import {
  ASIC_SIGNATURE_PATH,
  buildAsicManifest,
  isSignedPath,
  parseAsicManifest,
} from '../../../src/formats/asic-manifest.ts';
import { FormatError } from '../../../src/formats/errors.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const manifest = {
  signaturePath: ASIC_SIGNATURE_PATH,
  objects: [
    { path: '01-起诉状/民事起诉状.pdf', mediaType: 'application/pdf', sha256: sha256('a') },
    {
      path: "证据 1 (复印件)'s & <x>.txt".replace(/[<>]/g, '_'),
      mediaType: 'text/plain',
      sha256: sha256('b'),
    },
  ],
};
const bytes = buildAsicManifest(manifest);
const text = new TextDecoder().decode(bytes);

function refusal(candidate: Uint8Array): string | undefined {
  try {
    parseAsicManifest(candidate);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError && error.code === 'MANIFEST_INVALID') return error.message;
    throw error;
  }
}

describe('ASiC manifest', () => {
  it('has the form that EN 319 162-1 prescribes, with percent-encoded paths', () => {
    expect(text).to.equal(`<?xml version="1.0" encoding="UTF-8" standalone="no"?>
<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
  <asic:SigReference URI="META-INF/signature001.p7s" MimeType="application/pkcs7-signature"/>
  <asic:DataObjectReference URI="01-%E8%B5%B7%E8%AF%89%E7%8A%B6/%E6%B0%91%E4%BA%8B%E8%B5%B7%E8%AF%89%E7%8A%B6.pdf" MimeType="application/pdf">
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>
    <ds:DigestValue>ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs=</ds:DigestValue>
  </asic:DataObjectReference>
  <asic:DataObjectReference URI="%E8%AF%81%E6%8D%AE%201%20%28%E5%A4%8D%E5%8D%B0%E4%BB%B6%29%27s%20%26%20_x_.txt" MimeType="text/plain">
    <ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:DigestMethod>
    <ds:DigestValue>PiPoFgA5WUoziU9lZOGxNIu9egCI1CxKy3PurtWcAJ0=</ds:DigestValue>
  </asic:DataObjectReference>
</asic:ASiCManifest>
`);
  });

  it('reads back what it wrote', () => {
    expect(parseAsicManifest(bytes)).to.deep.equal(manifest);
  });

  it('refuses a change of one byte, or reads another path, type or digest', () => {
    for (let at = 0; at < bytes.length; at += 1) {
      for (const flip of [1, 0x20, 0x80]) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        if (refusal(changed) !== undefined) continue;
        expect(parseAsicManifest(changed), `byte ${at}`).not.to.deep.equal(manifest);
        expect(buildAsicManifest(parseAsicManifest(changed))).to.deep.equal(changed);
      }
    }
  });

  it('refuses every other way to write the same thing', () => {
    for (const changed of [
      text.replace('standalone="no"', 'standalone="yes"'),
      text.replace('%E8', '%e8'),
      text.replace('01-', '%30%31-'),
      text.replaceAll('\n', '\r\n'),
      text.replace('></ds:DigestMethod>', '/>'),
      text.replace('xmlenc#sha256', 'xmlenc#sha512'),
      text.replace('  <asic:Data', ' <!-- --><asic:Data'),
      text.replace('MimeType="application/pdf"', 'MimeType="application/pdf" Rootfile="true"'),
      text.replace('uSLs=', 'uSLt='),
      text.trimEnd(),
      `${text}\n`,
      `\ufeff${text}`,
      text.slice(0, 300),
      '',
    ]) {
      expect(refusal(new TextEncoder().encode(changed)), changed.slice(0, 60)).to.be.a('string');
    }
    expect(refusal(Uint8Array.of(0xff, 0xfe))).to.equal('The manifest is not UTF-8.');
  });

  it('does not write paths, types or digests that cannot stand there', () => {
    const [good] = manifest.objects;
    for (const odd of [
      { path: '../x' },
      { path: ASIC_SIGNATURE_PATH },
      { mediaType: 'Text/Plain' },
      { mediaType: 'a/b" x="' },
      { sha256: 'AB'.repeat(32) },
      { sha256: 'ab'.repeat(31) },
    ]) {
      const object = { path: 'a', mediaType: 'text/plain', sha256: sha256(''), ...good, ...odd };
      const build = () => buildAsicManifest({ ...manifest, objects: [object] });
      expect(build).to.throw(FormatError).with.property('code', 'MANIFEST_INVALID');
    }
  });

  it('leaves out only the mimetype and what makes up the signature', () => {
    expect(['mimetype', 'META-INF/signature001.p7s'].map(isSignedPath)).to.deep.equal([
      false,
      false,
    ]);
    expect(['manifest-sha256.txt', 'mimetype.txt', 'x/META-INF/y'].every(isSignedPath)).to.equal(
      true,
    );
  });

  it('never throws anything but FormatError on noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(bytes.length), (noise, at) => {
        refusal(noise);
        refusal(Buffer.concat([bytes.subarray(0, at), noise, bytes.subarray(at)]));
      }),
    );
  });
});
