// Child of kill-rounds.ts: loads the service's code, waits to be told, then runs the service and
// publishes without pause, until it is killed. Arguments: data folder, and `chain` for the whole
// service as `cunzheng serve` runs it; else evidence and HTTP alone, which start four times as fast.
import { flushCompileCache } from 'node:module';

const [folder = '', mode = ''] = process.argv.slice(2);
const whole = mode === 'chain';
const { startService } = await (whole
  ? import('./serve-whole.ts')
  : import('./serve-without-chain.ts'));
// Compiled code is kept at a process' end otherwise, and this one has none.
flushCompileCache();

process.once('disconnect', () => process.exit());
process.once('message', async () => {
  const { url, vkey, publish } = await startService(folder);
  process.send?.({ url, vkey });
  for (;;) {
    await publish();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
});
