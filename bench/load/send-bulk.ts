// A depositor in a process of its own: sends NDJSON, reads every answer and counts them.
// Arguments: URL, key, number of the first deposit, how many, of how many in all.
import { request } from 'node:http';
import { benchDepositOf } from './deposits.ts';

const [url = '', key = '', first = '0', count = '0', total = '0'] = process.argv.slice(2);
const CHUNK_LINES = 64;

/** All bytes are made before the clock starts: what is measured is the service. */
function bodyChunks(): Buffer[] {
  const chunks: Buffer[] = [];
  const end = Number(first) + Number(count);
  for (let at = Number(first); at < end; at += CHUNK_LINES) {
    const lines: string[] = [];
    for (let n = at; n < Math.min(end, at + CHUNK_LINES); n++) {
      lines.push(`${JSON.stringify(benchDepositOf(n, Number(total)))}\n`);
    }
    chunks.push(Buffer.from(lines.join('')));
  }
  return chunks;
}

const chunks = bodyChunks();
const started = performance.now();
const sending = request(`${url}/v1/deposits:batch`, {
  method: 'POST',
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/x-ndjson' },
});
const told = { accepted: 0, refused: 0, notes: 0, firstRefusal: '' };
sending.on('response', (response) => {
  let rest = '';
  response.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) tally(line);
  });
  response.on('end', () => {
    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(`${JSON.stringify({ ...told, seconds })}\n`);
  });
});

function tally(line: string): void {
  if (line.startsWith('{"note"')) told.notes += 1;
  else if (line.includes('"ok":true')) told.accepted += 1;
  else {
    told.refused += 1;
    told.firstRefusal ||= line.slice(0, 300);
  }
}

for (const chunk of chunks) {
  if (!sending.write(chunk)) await new Promise((resolve) => sending.once('drain', resolve));
}
sending.end();
