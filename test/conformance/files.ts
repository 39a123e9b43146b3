import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { ObjectStore, TileFiles } from '../../src/evidence/ports.ts';
import { sha256Hex } from '../../src/formats/digest.ts';
import { codeOf } from '../support/code-of.ts';

async function* chunks(...parts: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield randomBytes(100_000);
  throw new Error('connection reset');
}

/** An adapter under test. */
export interface ObjectsUnderTest {
  store: ObjectStore;
  reopen(): ObjectStore;
  /** Changes a byte of a stored object behind the adapter's back. */
  damage(id: string): void;
  lose(id: string): void;
  /** Number of files of any kind that lie about. */
  files(): number;
  remove(): void;
}

/** What every ObjectStore must do. */
export function objectStoreConformance(name: string, open: () => ObjectsUnderTest): void {
  describe(`ObjectStore on ${name}`, () => {
    let subject: ObjectsUnderTest;
    beforeEach(() => {
      subject = open();
    });
    afterEach(() => subject.remove());

    it('names an object by the SHA-256 of its bytes and gives it back', async () => {
      for (const size of [0, 1, 65_536, 300_001]) {
        const bytes = randomBytes(size);
        const id = await subject.store.write(chunks(bytes.subarray(0, 7), bytes.subarray(7)));
        expect(id).to.equal(sha256Hex(bytes));
        expect(Buffer.from(await whole(subject.reopen().readStream(id))).equals(bytes)).to.equal(
          true,
        );
      }
    });

    it('keeps one object of the same bytes written twice, also at once', async () => {
      const bytes = randomBytes(5000);
      const ids = await Promise.all(
        Array.from({ length: 8 }, () => subject.store.write(chunks(bytes))),
      );
      expect(new Set(ids).size).to.equal(1);
      expect(await subject.store.list()).to.deep.equal([ids[0]]);
      expect(subject.files()).to.equal(1);
    });

    it('lists what there is, and nothing before the first', async () => {
      expect(await subject.store.list()).to.deep.equal([]);
      const ids = [
        await subject.store.write(chunks(randomBytes(10))),
        await subject.store.write(chunks(randomBytes(10))),
      ];
      expect((await subject.store.list()).toSorted()).to.deep.equal(ids.toSorted());
    });

    it('keeps nothing of a source that broke off', async () => {
      expect(await codeOf(subject.store.write(broken()))).to.include('connection reset');
      expect(await subject.store.list()).to.deep.equal([]);
      expect(subject.files()).to.equal(0);
    });

    it('names an object that is missing, and one that was changed', async () => {
      const id = await subject.store.write(chunks(randomBytes(1000)));
      subject.damage(id);
      expect(await codeOf(whole(subject.store.readStream(id)))).to.equal('OBJECT_DAMAGED');
      subject.lose(id);
      expect(await codeOf(whole(subject.store.readStream(id)))).to.equal('OBJECT_MISSING');
    });
  });
}

/** An adapter under test. */
export interface TilesUnderTest {
  tiles: TileFiles;
  reopen(): TileFiles;
  remove(): void;
}

/** What every TileFiles must do. */
export function tileFilesConformance(name: string, open: () => TilesUnderTest): void {
  describe(`TileFiles on ${name}`, () => {
    let subject: TilesUnderTest;
    beforeEach(() => {
      subject = open();
    });
    afterEach(() => subject.remove());

    const file = (path: string, text: string) => ({ path, bytes: Buffer.from(text) });

    it('gives back what was written, under C2SP paths', async () => {
      const paths = ['checkpoint', 'tile/0/000.p/5', 'tile/0/x001/x234/067', 'tile/entries/000'];
      await subject.tiles.write(paths.map((path) => file(path, path)));
      const again = subject.reopen();
      for (const path of paths) {
        expect(Buffer.from((await again.read(path)) ?? []).toString()).to.equal(path);
      }
      expect((await again.list()).toSorted()).to.deep.equal(paths.toSorted());
    });

    it('replaces a file', async () => {
      await subject.tiles.write([file('checkpoint', 'old')]);
      await subject.tiles.write([file('checkpoint', 'newer')]);
      expect(Buffer.from((await subject.tiles.read('checkpoint')) ?? []).toString()).to.equal(
        'newer',
      );
      expect(await subject.tiles.list()).to.deep.equal(['checkpoint']);
    });

    it('shows a reader the old file or the new one, never a part', async () => {
      const versions = Array.from({ length: 20 }, (_, i) => `${i}`.repeat(50_000));
      await subject.tiles.write([file('checkpoint', versions[0] ?? '')]);
      let writing = true;
      const writer = (async () => {
        for (const text of versions) await subject.tiles.write([file('checkpoint', text)]);
        writing = false;
      })();
      const lengths = new Set(versions.map((text) => text.length));
      while (writing) {
        const seen = Buffer.from((await subject.tiles.read('checkpoint')) ?? []).toString();
        expect(lengths.has(seen.length) && versions.includes(seen)).to.equal(true);
      }
      await writer;
    });

    it('knows nothing of what is not there', async () => {
      expect(await subject.tiles.list()).to.deep.equal([]);
      expect(await subject.tiles.read('tile/0/000')).to.equal(undefined);
      await subject.tiles.write([file('tile/0/000.p/1', 'x')]);
      expect(await subject.tiles.read('tile/0'), 'a folder is no file').to.equal(undefined);
      expect(await subject.tiles.read('tile/0/000.p/1/2'), 'below a file').to.equal(undefined);
    });

    it('reads nothing outside its folder', async () => {
      for (const path of ['../secret', 'tile/../../secret', '/etc/hostname', 'a\u0000b']) {
        expect(await subject.tiles.read(path), path).to.equal(undefined);
      }
    });
  });
}

async function whole(source: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of source) parts.push(part);
  return Buffer.concat(parts);
}
