// Child of kill-nine.test.ts: sends transfers for ever and prints one line for each that was
// acknowledged, with the hash of its block. Arguments: folder, private key in hex.
import { chainOf } from '../../unit/chain/chain-fixture.ts';

const [folder = '', key = ''] = process.argv.slice(2);
const made = chainOf(folder, Buffer.from(key, 'hex'));
const chain = await made.open();
for (let nonce = chain.blockCount(); ; nonce++) {
  await chain.sendRaw(made.transfer(nonce).raw);
  const block = await chain.request('eth_getBlockByNumber', ['latest', false]);
  const { number, hash } = block as { number: string; hash: string };
  process.stdout.write(`${Number(number)} ${hash}\n`);
}
