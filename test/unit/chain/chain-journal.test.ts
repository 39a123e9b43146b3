import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  firstJournalLine,
  type JournalRecord,
  openChainJournal,
} from '../../../src/adapters/chain/chain-journal.ts';
import { EmbeddedChainError } from '../../../src/adapters/chain/embedded-chain-error.ts';
import { codeOf, temporaryFolder } from './chain-fixture.ts';

const steps: JournalRecord[] = [
  { kind: 'transaction', time: 1_700_000_001, raw: '0x01aa' },
  { kind: 'block', number: 1, hash: `0x${'1'.repeat(64)}` },
  { kind: 'transaction', time: 1_700_000_002, raw: '0x02bb' },
  { kind: 'rejected', reason: 'nonce "too" low – 太低' },
  { kind: 'transaction', time: 1_700_000_003, raw: '0x03cc' },
  { kind: 'block', number: 2, hash: `0x${'2'.repeat(64)}` },
];

describe('chain journal', () => {
  const folder = temporaryFolder();
  const path = join(folder.path, 'journal.ndjson');
  after(() => folder.remove());

  const write = async (records: JournalRecord[]) => {
    writeFileSync(path, firstJournalLine({ chainId: 7 }));
    const journal = await openChainJournal(path);
    for (const record of records) await journal.append(record, 'durable');
    await journal.close();
    return readFileSync(path);
  };
  /** What opening the given bytes leads to: the number of records, or the error's code and line. */
  const open = async (bytes: Uint8Array) => {
    writeFileSync(path, bytes);
    try {
      const journal = await openChainJournal(path);
      await journal.close();
      return { records: journal.records.length, dropped: journal.droppedBytes };
    } catch (error) {
      const { code, message } = error as EmbeddedChainError;
      expect(error).to.be.instanceOf(EmbeddedChainError);
      return { code, line: Number(/line (\d+)/.exec(message)?.[1]) };
    }
  };

  it('gives back what was appended', async () => {
    writeFileSync(path, await write(steps));
    const journal = await openChainJournal(path);
    await journal.close();
    expect(journal.records).to.deep.equal([{ kind: 'genesis', genesis: { chainId: 7 } }, ...steps]);
    expect(journal.droppedBytes).to.equal(0);
  });

  it('finds one changed bit in any byte and names its line', async () => {
    const bytes = await write(steps);
    let line = 1;
    for (let at = 0; at < bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
      expect(await open(changed), `byte ${at}`).to.deep.equal({
        code: 'CHAIN_JOURNAL_CORRUPT',
        line,
      });
      if (bytes[at] === 0x0a) line += 1;
    }
  }).timeout(20_000);

  it('finds a line that was removed, repeated or exchanged', async () => {
    const lines = (await write(steps)).toString('utf8').trimEnd().split('\n');
    const join = (some: (string | undefined)[]) => Buffer.from(`${some.join('\n')}\n`);
    for (let i = 0; i < lines.length - 1; i++) {
      const without = await open(join(lines.toSpliced(i, 1)));
      expect(without).to.deep.equal({ code: 'CHAIN_JOURNAL_CORRUPT', line: i + 1 });
      const exchanged = await open(join(lines.toSpliced(i, 2, lines[i + 1] ?? '', lines[i] ?? '')));
      expect(exchanged).to.deep.equal({ code: 'CHAIN_JOURNAL_CORRUPT', line: i + 1 });
      const repeated = await open(join(lines.toSpliced(i, 0, lines[i] ?? '')));
      expect(repeated).to.deep.equal({ code: 'CHAIN_JOURNAL_CORRUPT', line: i + 2 });
    }
  });

  it('drops a last line torn at any byte, and only that line', async () => {
    const bytes = await write(steps);
    const start = bytes.lastIndexOf(0x0a, bytes.length - 2) + 1;
    for (let end = start; end < bytes.length; end++) {
      const result = await open(bytes.subarray(0, end));
      const whole = end === bytes.length - 1;
      const expected = whole ? { records: 7, dropped: 0 } : { records: 6, dropped: end - start };
      expect(result).to.deep.equal(expected);
      expect(readFileSync(path).at(-1)).to.equal(0x0a);
    }
  });

  it('drops a tail of zero bytes, as a power failure leaves it', async () => {
    const bytes = await write(steps);
    const result = await open(Buffer.concat([bytes, Buffer.alloc(300)]));
    expect(result).to.deep.equal({ records: 7, dropped: 300 });
  });

  it('goes on after a dropped line as if it had never been there', async () => {
    const bytes = await write(steps.slice(0, 4));
    writeFileSync(path, Buffer.concat([bytes, Buffer.from('{"kind":"trans')]));
    const journal = await openChainJournal(path);
    for (const record of steps.slice(4)) await journal.append(record, 'lazy');
    await journal.close();
    expect(readFileSync(path).equals(await write(steps))).to.equal(true);
  });

  it('refuses an outcome without an intent, and two intents in a row', async () => {
    for (const order of [[1], [0, 0], [0, 1, 1], [0, 3, 1]]) {
      const records = order.map((i) => steps[i] as JournalRecord);
      const result = await open(await write(records));
      expect(result).to.deep.equal({ code: 'CHAIN_JOURNAL_CORRUPT', line: order.length + 1 });
    }
  });

  it('refuses a file that is empty or something else, without a crash', async () => {
    for (const text of ['\n', '[]\n', '7\n', '{"kind":"genesis"}\n', '\u0000\n']) {
      expect(await open(Buffer.from(text))).to.deep.equal({
        code: 'CHAIN_JOURNAL_CORRUPT',
        line: 1,
      });
    }
  });

  it('refuses further lines after a failed write, because half a line may be there', async () => {
    writeFileSync(path, await write(steps));
    const journal = await openChainJournal(path);
    await journal.close();
    const record: JournalRecord = { kind: 'transaction', time: 1_700_000_009, raw: '0x' };
    for (let i = 0; i < 2; i++) {
      const code = await codeOf(() => journal.append(record, 'durable'));
      expect(code).to.equal('CHAIN_JOURNAL_WRITE_FAILED');
    }
    expect((await open(readFileSync(path))).records).to.equal(7);
  });
});
