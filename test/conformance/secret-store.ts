import { expect } from 'chai';
import type { SecretStore } from '../../src/evidence/ports.ts';
import { toHex } from '../../src/formats/bytes.ts';
import { seeded } from '../vectors/sample-log.ts';

const keyOf = (name: string) => toHex(seeded(`loan ${name}`));
const secretOf = (name: string) => ({ loanKey: keyOf(name), wrapped: seeded(`wrapped ${name}`) });

/** What every SecretStore must do. `open` gives an empty one, `reopen` the same one anew. */
export function secretStoreConformance(
  name: string,
  open: () => { store: SecretStore; reopen(): SecretStore; remove(): void },
): void {
  describe(`SecretStore on ${name}`, () => {
    let subject: ReturnType<typeof open>;
    beforeEach(() => {
      subject = open();
    });
    afterEach(() => subject.remove());

    const read = async (store: SecretStore, loan: string) => {
      const wrapped = (await store.get([keyOf(loan)])).get(keyOf(loan));
      return wrapped && toHex(wrapped);
    };

    it('gives back what was put, also when opened anew, and nothing for the others', async () => {
      await subject.store.put([secretOf('a'), secretOf('b')]);
      const store = subject.reopen();
      const found = await store.get(['a', 'b', 'c'].map(keyOf));
      expect([...found.keys()].toSorted()).to.deep.equal(['a', 'b'].map(keyOf).toSorted());
      expect(await read(store, 'a')).to.equal(toHex(seeded('wrapped a')));
    });

    it('never replaces a secret by putting another one', async () => {
      await subject.store.put([secretOf('a')]);
      await subject.store.put([{ loanKey: keyOf('a'), wrapped: seeded('other') }, secretOf('b')]);
      expect(await read(subject.store, 'a')).to.equal(toHex(seeded('wrapped a')));
      expect(await read(subject.store, 'b')).to.equal(toHex(seeded('wrapped b')));
    });

    it('pages through all secrets in order of loan key', async () => {
      const names = Array.from({ length: 25 }, (_, i) => String(i));
      await subject.store.put(names.map(secretOf));
      const seen: string[] = [];
      for (let page = await subject.store.page('', 10); page.length > 0; ) {
        expect(page.length).to.be.at.most(10);
        seen.push(...page.map((secret) => secret.loanKey));
        page = await subject.store.page(seen.at(-1) ?? '', 10);
      }
      expect(seen).to.deep.equal(names.map(keyOf).toSorted());
    });

    it('rewraps what is there and brings nothing back', async () => {
      await subject.store.put([secretOf('a'), secretOf('b')]);
      await subject.store.destroy([keyOf('b')]);
      const anew = ['a', 'b'].map((loan) => ({ loanKey: keyOf(loan), wrapped: seeded('anew') }));
      await subject.store.rewrap(anew);
      expect(await read(subject.store, 'a')).to.equal(toHex(seeded('anew')));
      expect(await read(subject.store, 'b')).to.equal(undefined);
    });

    it('destroys what it is told to and nothing else; twice does no harm', async () => {
      await subject.store.put(['a', 'b'].map(secretOf));
      await subject.store.destroy([keyOf('a'), keyOf('c')]);
      await subject.store.destroy([keyOf('a')]);
      const store = subject.reopen();
      expect(await read(store, 'a')).to.equal(undefined);
      expect(await read(store, 'b')).to.equal(toHex(seeded('wrapped b')));
      expect(await store.checkIntegrity()).to.deep.equal([]);
    });
  });
}
