// Child of outbox-crash.test.ts: one tick of the anchorer on an embedded installation, in which the
// process kills itself at the point named. Arguments: folder, keys in hex, size, point.
import { openAnchoring } from './persistent-anchoring.ts';

const [folder = '', keys = '', size = '', point = ''] = process.argv.slice(2);
const die = () => process.kill(process.pid, 'SIGKILL');

const anchoring = await openAnchoring(folder, keys, Number(size), (chain, store) => ({
  chain: {
    ...chain,
    async prepare(call, nonce) {
      const signed = await chain.prepare(call, nonce);
      if (point === 'signed, not recorded') die();
      return signed;
    },
    async broadcast(raw) {
      if (point === 'recorded, not sent') die();
      const answer = await chain.broadcast(raw);
      if (point === 'sent, not noted') die();
      return answer;
    },
  },
  store: {
    ...store,
    async record(id, event) {
      if (point === `before ${event.state}`) die();
      await store.record(id, event);
      if (point === `after ${event.state}`) die();
    },
  },
}));
await anchoring.anchorer.enqueue(anchoring.checkpoint);
const report = await anchoring.anchorer.tick();
// Reached only when the point was not: the parent takes that for a failure.
process.stdout.write(`${report.state} ${report.reason?.message ?? ''}\n`);
