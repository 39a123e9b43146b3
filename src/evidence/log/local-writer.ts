import { LoanRegister, type RegisterPorts } from '../custody/loan-register.ts';
import { ensureNote } from './ensure-note.ts';
import type { LogWriter } from './log-writer.ts';
import { type PublisherPorts, publishCheckpoint, publishFiles } from './publish-checkpoint.ts';
import { Sequencer } from './sequencer.ts';

export type WriterPorts = RegisterPorts & Omit<PublisherPorts, 'exclusive'>;

/** The writer of the log in this thread. There is one for a log at any time. */
export function createLogWriter(ports: WriterPorts): LogWriter {
  const register = new LoanRegister(ports);
  const sequencer = new Sequencer({ ...ports, register });
  let published: Promise<unknown> = Promise.resolve();
  /** One publication after the other; deposits go on beside them. */
  const publishing = <T>(work: () => Promise<T>): Promise<T> => {
    const run = published.then(work);
    published = run.catch(() => undefined);
    return run;
  };
  const exclusive = <T>(work: () => Promise<T>) => sequencer.exclusive(work);
  return {
    sequence: (deposits, lane) => sequencer.sequence(deposits, lane),
    publishCheckpoint: () => publishing(() => publishCheckpoint({ ...ports, exclusive })),
    finishPublishing: () => publishing(() => publishFiles(ports)),
    ensureNote: (text, since) => exclusive(() => ensureNote(ports.store, text, since)),
    forgetLoans: () => sequencer.forgetLoans(),
    async close() {
      await published;
      await exclusive(async () => undefined);
    },
  };
}
