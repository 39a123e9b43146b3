// Depositors in a process of their own: one event a request, at a fixed rate, whether or not the
// service keeps up. The time of an answer counts from the moment at which its request was due.
// Arguments: URL, key, requests a second, seconds, number of the first deposit.
import { connect, type Socket } from 'node:net';
import { benchDepositOf } from './deposits.ts';

const [url = '', key = '', rate = '0', seconds = '0', first = '0'] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const total = Number(rate) * Number(seconds);
const latencies = new Float64Array(total);
const told = { answered: 0, refused: 0, broken: 0, firstRefusal: '' };
const MAX_CONNECTIONS = 900;

/** A kept-alive connection with at most one request on it. */
class Connection {
  readonly #socket: Socket;
  #received = '';
  #due = 0;
  #busy = false;

  constructor() {
    this.#socket = connect({ host: hostname, port: Number(port), noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => this.#read(text));
    this.#socket.on('error', () => this.#lost()).on('close', () => this.#lost());
  }

  send(bytes: Buffer, due: number): void {
    this.#busy = true;
    this.#due = due;
    this.#socket.write(bytes);
  }

  #read(text: string): void {
    this.#received += text;
    const head = this.#received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const length = Number(/content-length: (\d+)/i.exec(this.#received)?.[1] ?? 0);
    if (this.#received.length < head + 4 + length) return;
    const status = this.#received.slice(9, 12);
    if (status !== '201' && status !== '200') {
      told.refused += 1;
      told.firstRefusal ||= this.#received.slice(0, 600);
    }
    this.#received = '';
    this.#busy = false;
    latencies[told.answered++] = performance.now() - this.#due;
    idle.push(this);
  }

  #lost(): void {
    connections -= 1;
    const at = idle.indexOf(this);
    if (at >= 0) idle.splice(at, 1);
    if (!this.#busy) return;
    this.#busy = false;
    told.broken += 1;
  }

  end(): void {
    this.#socket.destroy();
  }
}

const idle: Connection[] = [];
let connections = 0;
const late: { bytes: Buffer; due: number }[] = [];

function send(bytes: Buffer, due: number): void {
  let connection = idle.pop();
  if (connection === undefined && connections < MAX_CONNECTIONS) {
    connections += 1;
    connection = new Connection();
  }
  if (connection === undefined) late.push({ bytes, due });
  else connection.send(bytes, due);
}

function requestOf(n: number): Buffer {
  const body = JSON.stringify(benchDepositOf(n, Number(first) + total));
  const head =
    `POST /v1/deposits HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${key}\r\n` +
    `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n`;
  return Buffer.from(head + body);
}

const bytes = Array.from({ length: total }, (_, i) => requestOf(Number(first) + i));
const started = performance.now() + 50;
let sent = 0;
await new Promise<void>((resolve) => {
  const timer = setInterval(() => {
    const now = performance.now();
    while (late.length > 0 && idle.length > 0) {
      const one = late.shift();
      if (one !== undefined) send(one.bytes, one.due);
    }
    for (; sent < total; sent++) {
      const due = started + (sent * 1000) / Number(rate);
      if (due > now) break;
      send(bytes[sent] ?? Buffer.alloc(0), due);
    }
    const over = told.answered + told.broken === total || now > started + 4_000 * Number(seconds);
    if (!over) return;
    clearInterval(timer);
    resolve();
  }, 1);
});
const elapsed = (performance.now() - started) / 1000;
const sorted = latencies.subarray(0, told.answered).sort();
const at = (share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
for (const connection of idle) connection.end();
process.stdout.write(
  `${JSON.stringify({ ...told, p50: at(0.5), p99: at(0.99), max: sorted.at(-1), elapsed })}\n`,
);
process.exit();
