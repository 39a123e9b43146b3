import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { expect } from 'chai';
import fc from 'fast-check';
import { createContainerWriter } from '../../../src/adapters/zip/container-writer.ts';
import { containerPathFault } from '../../../src/formats/container-path.ts';
import { crc32 } from '../../../src/formats/crc32.ts';
import { FormatError } from '../../../src/formats/errors.ts';
import { readContainer } from '../../../src/formats/zip-container.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const writer = createContainerWriter();
const sample = [
  { path: '起诉状/民事起诉状.pdf', bytes: text('%PDF-1.7 …') },
  { path: '证据/证据1 借款合同.txt', bytes: text('甲方:某银行') },
  { path: 'manifest-sha256.txt', bytes: text('') },
  { path: 'META-INF/ASiCManifest001.xml', bytes: text('<a/>') },
];

/** The refusal's message, or undefined when the bytes were accepted; any other error surfaces. */
function refusal(bytes: Uint8Array): string | undefined {
  try {
    readContainer(bytes);
    return undefined;
  } catch (error) {
    if (error instanceof FormatError && error.code === 'CONTAINER_INVALID') return error.message;
    throw error;
  }
}

const has = (program: string): boolean => spawnSync(program, ['-v']).error === undefined;

describe('package container', () => {
  it('gives back what was written, mimetype first', async () => {
    const read = readContainer(await writer.write(sample));
    expect(read.map((entry) => entry.path)).to.deep.equal([
      'mimetype',
      ...sample.map((file) => file.path),
    ]);
    for (const [index, file] of sample.entries()) {
      expect(read[index + 1]?.bytes).to.deep.equal(file.bytes);
    }
  });

  it('puts the type string at byte 38, as file(1) looks for it', async () => {
    const bytes = await writer.write(sample);
    expect(new TextDecoder().decode(bytes.subarray(30, 69))).to.equal(
      'mimetypeapplication/vnd.etsi.asic-e+zip',
    );
  });

  it('writes the same bytes in every time zone', async () => {
    const zone = process.env.TZ;
    const first = await writer.write(sample);
    try {
      process.env.TZ = 'Asia/Shanghai';
      expect(await writer.write(sample)).to.deep.equal(first);
      process.env.TZ = 'America/St_Johns';
      expect(await writer.write(sample)).to.deep.equal(first);
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it('refuses every change of one byte at every position', async () => {
    const bytes = await writer.write(sample);
    for (let at = 0; at < bytes.length; at += 1) {
      for (const flip of [0x01, 0x80, 0xff, 0x20]) {
        const changed = bytes.slice();
        changed[at] = (changed[at] ?? 0) ^ flip;
        expect(refusal(changed), `byte ${at} xor ${flip}`).to.be.a('string');
      }
    }
  });

  it('refuses every truncation, and bytes before, after or in between', async () => {
    const bytes = await writer.write(sample);
    for (let length = 0; length < bytes.length; length += 1) {
      expect(refusal(bytes.subarray(0, length)), `cut to ${length}`).to.be.a('string');
    }
    const around = [Buffer.concat([Buffer.from('MZ'), bytes]), Buffer.concat([bytes, bytes])];
    for (const odd of around) expect(refusal(odd)).to.be.a('string');
    for (let at = 0; at <= bytes.length; at += 7) {
      const longer = Buffer.concat([bytes.subarray(0, at), Buffer.of(0), bytes.subarray(at)]);
      expect(refusal(longer), `one byte put in at ${at}`).to.be.a('string');
    }
  });

  it('round-trips any files, and never throws anything but FormatError on noise', async () => {
    const segment = fc.stringMatching(/^[a-z0-9\u4e00-\u9fa5_-]{3,8}$/);
    const files = fc.uniqueArray(
      fc.record({ path: segment, bytes: fc.uint8Array({ maxLength: 64 }) }),
      { selector: (file) => file.path, maxLength: 6 },
    );
    await fc.assert(
      fc.asyncProperty(
        files.filter((list) => list.every((file) => containerPathFault(file.path) === undefined)),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        async (list, changes) => {
          const bytes = await writer.write(list);
          expect(readContainer(bytes).slice(1)).to.deep.equal(list);
          const noisy = bytes.slice();
          for (const [at, value] of changes) noisy[at % noisy.length] = value;
          const same = noisy.every((byte, index) => byte === bytes[index]);
          expect(refusal(noisy) === undefined).to.equal(same);
        },
      ),
      { numRuns: 150 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refusal(bytes) !== undefined),
    );
  });

  it('computes the CRC-32 that zlib computes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(9), (bytes, from) => {
        const part = bytes.subarray(from);
        return crc32(part) === zlibCrc32(part);
      }),
    );
  });

  for (const [path, why] of [
    ['../etc/passwd', 'climbs'],
    ['/etc/passwd', 'absolute'],
    ['a\\b', 'backslash'],
    ['C:evil', 'one of'],
    ['a//b', 'empty folder'],
    ['a/./b', 'climbs'],
    ['folder/', 'folder entry'],
    ['fi\u0301le.txt', 'NFC'],
    ['a\u202efdp.exe', 'invisible'],
    ['a\nb', 'control'],
    ['aux.pdf', 'device'],
    ['a. ', 'ends in a dot'],
    ['\ud800', 'Unicode'],
    ['字'.repeat(81), 'longer'],
    ['MIMETYPE', 'twice'],
    ['mimetype/a', 'folder where'],
  ] as const) {
    it(`does not write the name ${JSON.stringify(path)}`, async () => {
      const error = await writer.write([{ path, bytes: text('x') }]).catch((caught) => caught);
      expect(error).to.be.instanceOf(FormatError);
      expect(error.code).to.equal('CONTAINER_INVALID');
      expect(error.message).to.contain(why);
    });
  }

  it('does not write a false or misplaced mimetype', async () => {
    const last = [...sample, { path: 'mimetype', bytes: text('application/vnd.etsi.asic-e+zip') }];
    for (const files of [last, [{ path: 'mimetype', bytes: text('text/plain') }]]) {
      const error = await writer.write(files).catch((caught) => caught);
      expect(error).to.be.instanceOf(FormatError);
    }
  });

  it('is unpacked by Info-ZIP and Python with its Chinese names', async function () {
    if (!has('unzip') || !has('python3')) this.skip(); // needs unzip and python3
    const folder = mkdtempSync(join(tmpdir(), 'container-'));
    try {
      const file = join(folder, 'a.zip');
      writeFileSync(file, await writer.write(sample));
      const env = { ...process.env, LC_ALL: 'C.UTF-8' };
      const test = spawnSync('unzip', ['-t', file], { env, encoding: 'utf8' });
      expect(test.stdout).to.contain('No errors detected');
      expect(test.status).to.equal(0);
      const names = spawnSync('unzip', ['-Z1', file], { env, encoding: 'utf8' });
      expect(names.stdout.trim().split('\n')).to.deep.equal([
        'mimetype',
        ...sample.map((entry) => entry.path),
      ]);
      const script =
        'import sys,zipfile;z=zipfile.ZipFile(sys.argv[1]);' +
        'assert z.testzip() is None;print("\\n".join(z.namelist()))';
      const python = spawnSync('python3', ['-c', script, file], { env, encoding: 'utf8' });
      expect(python.stdout).to.equal(names.stdout);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses all archives of the libzip, Go and CPython test suites', function () {
    const root = new URL('../../../../shared/data/vectors/zip/', import.meta.url);
    const archives = archivesIn(root);
    if (archives.length === 0) this.skip(); // the vectors are not on this machine
    for (const name of archives) {
      expect(refusal(readFileSync(new URL(name, root))), name).to.be.a('string');
    }
  });
});

/** None of them is one of our packages: they are compressed, streamed, dated, or hostile. */
function archivesIn(root: URL): string[] {
  try {
    const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
    return names.filter((name) => /\.(zip|notzip|base64|tar)$/.test(name));
  } catch {
    return [];
  }
}
