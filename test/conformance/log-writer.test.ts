import { join } from 'node:path';
import { expect } from 'chai';
import { openDatabase } from '../../src/adapters/sqlite/open-database.ts';
import { systemClock, systemRandom } from '../../src/adapters/system/system-ports.ts';
import { startWriterThread } from '../../src/compose-writer.ts';
import { createLogWriter } from '../../src/evidence/log/local-writer.ts';
import type { LogWriter } from '../../src/evidence/log/log-writer.ts';
import { RemoteWriter } from '../../src/evidence/log/remote-writer.ts';
import type { WriterRequest } from '../../src/evidence/log/writer-messages.ts';
import { codeOf } from '../support/code-of.ts';
import { openEvidenceRig, RIG_ORIGIN, scratchFolder } from '../support/evidence-rig.ts';
import { describeLogWriter, readyDeposit } from './log-writer.ts';

function subjectOn(folder: string, writer: LogWriter, remove: () => void) {
  const db = openDatabase(join(folder, 'evidence.db'));
  const count = db.prepare('SELECT count(*) FROM entries').pluck();
  return {
    writer,
    size: () => count.get() as number,
    async remove() {
      await writer.close();
      db.close();
      remove();
    },
  };
}

describeLogWriter('in this thread', async () => {
  const scratch = scratchFolder();
  const rig = openEvidenceRig(scratch.path);
  const writer = createLogWriter({ ...rig, clock: systemClock, random: systemRandom });
  return subjectOn(scratch.path, writer, () => {
    rig.close();
    scratch.remove();
  });
});

describeLogWriter('in a thread of its own', async () => {
  const scratch = scratchFolder();
  // Makes keys and tables.
  openEvidenceRig(scratch.path).close();
  const writer = await startWriterThread({ dataFolder: scratch.path, origin: RIG_ORIGIN });
  return subjectOn(scratch.path, writer, () => scratch.remove());
});

describe('a writer whose thread ends by itself', () => {
  it('tells everybody who waits, and everybody who comes later', async () => {
    let end: () => void = () => undefined;
    const posted: WriterRequest[] = [];
    const writer = new RemoteWriter({
      post: (request) => void posted.push(request),
      onAnswer: () => undefined,
      onEnd(listener) {
        end = listener;
      },
      end: async () => undefined,
    });
    const waiting = [
      writer.sequence([readyDeposit('L', 'e1')], 'bulk'),
      writer.sequence([readyDeposit('L', 'e2')], 'single'),
      writer.publishCheckpoint(),
    ];
    const told = Promise.all(waiting.map((one) => codeOf(one)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(posted).to.have.length(3);
    end();
    expect(await told).to.deep.equal(Array(3).fill('WRITER_STOPPED'));
    await writer.failed;
    expect(await codeOf(writer.sequence([readyDeposit('L', 'e3')], 'bulk'))).to.equal(
      'WRITER_STOPPED',
    );
    await writer.close();
  });
});
