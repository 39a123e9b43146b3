// Child of killed-move.test.ts: moves the log from `embedded` to `outside`, as `chain move` does, in
// a process that kills itself at the point named. Arguments: data folder, point.
import { openInstallation } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';

const [folder = '', point = ''] = process.argv.slice(2);
const installation = await openInstallation(readConfig({ CUNZHENG_DATA: folder }));
const { outbox, evidence } = installation;
const dieAt = (here: string) => {
  if (point === here) process.kill(process.pid, 'SIGKILL');
};

const recordMove = outbox.recordMove.bind(outbox);
outbox.recordMove = async (move) => {
  await recordMove(move);
  dieAt('the move is a row, its note is not in the log');
};
const ensureNote = evidence.ensureNote.bind(evidence);
evidence.ensureNote = async (text, since) => {
  const place = await ensureNote(text, since);
  dieAt('the note is in the log, the new chain has nothing to hold');
  return place;
};
const insertAttempt = outbox.insertAttempt.bind(outbox);
outbox.insertAttempt = async (id, attempt) => {
  dieAt('the first head is not signed yet');
  await insertAttempt(id, attempt);
  dieAt('the first head is signed and not sent');
};

await installation.moveLog('embedded', 'outside');
await installation.publishAndAnchor();
// Reached only when the point was not: the parent takes that for a failure.
process.stdout.write('moved\n');
process.exit(1);
