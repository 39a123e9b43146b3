// Child of kill-nine.test.ts: deposits, publishes and anchors without end and prints a line for
// each acknowledgement. Arguments: data folder, name of the round.
import { randomBytes } from 'node:crypto';
import { openInstallation } from '../../../src/compose.ts';
import { readConfig } from '../../../src/config.ts';
import { repayment, scan } from '../../support/evidence-rig.ts';

const [folder = '', round = ''] = process.argv.slice(2);
const installation = await openInstallation(readConfig({ CUNZHENG_DATA: folder }));
const say = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);
say({ ready: true });

async function deposit(i: number): Promise<void> {
  const [loan, eventId] = [`L-${i % 5}`, `${round}-${i}`];
  const command = i % 4 === 0 ? scan(loan, eventId, randomBytes(30_000)) : repayment(loan, eventId);
  const { evidenceNo, seq, leafIndex, receipt } =
    await installation.evidence.acceptDeposit(command);
  say({ loan, eventId, evidenceNo, seq, leafIndex, receipt });
}

for (let i = 0; ; i += 4) {
  await Promise.all([deposit(i), deposit(i + 1), deposit(i + 2), deposit(i + 3)]);
  if (i % 12 !== 0) continue;
  const { checkpoint, anchoring } = await installation.publishAndAnchor();
  const item = await installation.outbox.lastFinal('embedded', anchoring.open[0]?.logId ?? logId());
  if (item?.place)
    say({ size: checkpoint?.size, block: item.place.blockNumber, hash: item.place.blockHash });
}

function logId(): string {
  const sql = 'SELECT log_id FROM anchor_items LIMIT 1';
  return installation.db.prepare(sql).pluck().get() as string;
}
