import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { openInstallation } from '../../../src/compose.ts';
import { openKeys } from '../../../src/compose-service.ts';
import { readConfig } from '../../../src/config.ts';
import type { Evidence } from '../../../src/evidence/index.ts';
import { toHex } from '../../../src/formats/bytes.ts';
import { parseReceipt } from '../../../src/formats/receipt.ts';
import { verifyReceipt } from '../../../src/verify/verify-completeness.ts';
import { openEvidenceRig, scratchFolder } from '../../support/evidence-rig.ts';
import { TlogClient, type TreeHead, treeHash } from '../../support/tlog-client.ts';

const SCRIPT = join(import.meta.dirname, 'serve-when-told.ts');
const CACHE = join(import.meta.dirname, '../../../node_modules/.cache/cunzheng');

/** What the service answered for one event: a receipt, or in bulk the leaf hash that is signed later. */
interface Acknowledged {
  evidenceNo: string;
  seq: number;
  leafIndex: number;
  receipt?: string;
  /** Hex. */
  leafHash?: string;
}

/** Whether a receipt says what was answered before: word for word, or of the same leaf. */
function agrees(receipt: string, before: Acknowledged | undefined): boolean {
  if (before?.receipt !== undefined) return receipt === before.receipt;
  const { leafIndex, leafHash } = parseReceipt(receipt);
  return leafIndex === before?.leafIndex && toHex(leafHash) === before.leafHash;
}

interface Event {
  loan: string;
  eventId: string;
  form: 'record' | 'file';
}

/** What the rounds showed; `faults` is empty when every promise was kept. */
export interface KillResult {
  rounds: number;
  killedWhileStarting: number;
  acknowledged: number;
  /** Sent, and the kill came before the answer. */
  unanswered: number;
  /** Of these, how many the log held all the same. */
  keptUnanswered: number;
  checkpoints: number;
  faults: string[];
}

interface Running {
  url: string;
  vkey: string;
}

/** The whole service, or evidence and HTTP without the embedded chain. */
type Mode = 'chain' | 'no chain';

/** A process that has the service's code loaded and opens nothing until it is told. */
class Server {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  complaints = '';

  constructor(folder: string, mode: Mode) {
    const env = { ...process.env, NODE_COMPILE_CACHE: CACHE };
    this.#child = fork(SCRIPT, [folder, mode], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env });
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
    this.#child.stderr?.on('data', (part) => {
      this.complaints += part;
    });
  }

  /** @returns undefined when it ended, killed or not, before it was ready */
  start(): Promise<Running | undefined> {
    const ready = new Promise<Running>((resolve) => this.#child.once('message', resolve as never));
    this.#child.send('start');
    return Promise.race([ready, this.#ended.then(() => undefined)]);
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** One installation and everything that its depositors were told. */
class Lender {
  readonly folder: string;
  readonly result: KillResult;
  readonly known = new Map<string, Acknowledged>();
  open: Event[] = [];
  /** The latest acknowledged ones: what a kill is most likely to lose. */
  readonly recent: Event[] = [];
  readonly heads = new Map<number, TreeHead>();
  readonly #key: string;
  readonly #life: string;
  #next = 0;

  constructor(folder: string, life: string, result: KillResult) {
    this.folder = folder;
    this.result = result;
    this.#life = life;
    this.#key = openKeys(folder).createApiKey('core', ['depositor']);
  }

  #awaited: { what: 'answer' | 'checkpoint'; then: () => void } | undefined;

  /** Calls `then` at the next new checkpoint or answer. */
  once(what: 'answer' | 'checkpoint', then: () => void): void {
    this.#awaited = { what, then };
  }

  #saw(what: 'answer' | 'checkpoint'): void {
    if (this.#awaited?.what !== what) return;
    this.#awaited.then();
    this.#awaited = undefined;
  }

  /** Singles, bulk and files side by side until the service is gone. */
  async load(url: string): Promise<void> {
    const lanes = [1, 2, 3, 4].map((lane) => this.#lane(() => this.#single(url, lane)));
    const bulk = this.#lane(() => this.#bulk(url));
    const head = this.#lane(() => this.#watch(url));
    await Promise.all([...lanes, bulk, head]);
  }

  async #lane(work: () => Promise<unknown>): Promise<void> {
    try {
      for (;;) await work();
    } catch {
      // The connection broke: the service was killed.
    }
  }

  #event(form: Event['form'] = 'record'): Event {
    const n = this.#next++;
    return { loan: `L-${this.#life}-${n % 7}`, eventId: `${this.#life}-${n}`, form };
  }

  async #single(url: string, lane: number): Promise<void> {
    const event = this.#event(lane === 4 ? 'file' : 'record');
    this.open.push(event);
    this.#acknowledge(event, await this.#deposit(url, event));
  }

  #deposit(url: string, event: Event): Promise<Acknowledged & { duplicate: boolean }> {
    const { record, ...meta } = recordOf(event);
    if (event.form === 'record') {
      const body = JSON.stringify({ ...meta, record });
      return this.#post(url, { 'content-type': 'application/json' }, body);
    }
    const header = Buffer.from(JSON.stringify({ ...meta, kind: 'contract', name: 'a.pdf' }));
    const headers = {
      'content-type': 'application/pdf',
      'cunzheng-deposit': header.toString('base64url'),
    };
    return this.#post(url, headers, fileOf(event));
  }

  async #post(url: string, headers: Record<string, string>, body: string | Uint8Array) {
    const response = await fetch(`${url}/v1/deposits`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, ...headers },
      body: body as string,
    });
    if (!response.ok) this.result.faults.push(`${response.status} ${await response.text()}`);
    return (await response.json()) as Acknowledged & { duplicate: boolean };
  }

  /** NDJSON; every line that arrives whole is an acknowledgement, also of a broken answer. */
  async #bulk(url: string): Promise<void> {
    const events = Array.from({ length: 60 }, () => this.#event());
    this.open.push(...events);
    const response = await fetch(`${url}/v1/deposits:batch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#key}`, 'content-type': 'application/x-ndjson' },
      body: events.map((event) => JSON.stringify(recordOf(event))).join('\n'),
    });
    let text = '';
    try {
      for await (const part of response.body ?? []) text += Buffer.from(part).toString('utf8');
    } finally {
      for (const line of text.split('\n').slice(0, -1)) this.#line(events, line);
    }
  }

  #line(events: readonly Event[], text: string): void {
    const { line, ok, ...answer } = JSON.parse(text) as Acknowledged & {
      line?: number;
      ok?: boolean;
    };
    // The signature of the lines before it.
    if (line === undefined) return;
    const event = events[line - 1];
    if (event !== undefined && ok === true) this.#acknowledge(event, answer);
    else this.result.faults.push(`refused in a batch: ${text}`);
  }

  async #watch(url: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, 15));
    const response = await fetch(`${url}/log/checkpoint`);
    if (response.ok) this.#head(await response.text());
  }

  #head(note: string): void {
    const [origin = '', size = '', root = ''] = note.split('\n');
    const head = { origin, size: Number(size), root: Buffer.from(root, 'base64') };
    const before = this.heads.get(head.size);
    if (before === undefined) {
      this.result.checkpoints++;
      this.#saw('checkpoint');
    } else if (!before.root.equals(head.root)) this.result.faults.push(`two heads of size ${size}`);
    this.heads.set(head.size, head);
  }

  #acknowledge(event: Event, answer: Acknowledged): void {
    this.known.set(event.eventId, answer);
    this.open = this.open.filter(({ eventId }) => eventId !== event.eventId);
    this.result.acknowledged++;
    this.#saw('answer');
    this.recent.push(event);
    if (this.recent.length > 20) this.recent.shift();
  }

  /**
   * Sends again what has no answer, which must end in one entry, and some of what has one, which
   * must be answered word for word as before.
   */
  async settle(url: string): Promise<void> {
    const [open, recent] = [this.open, this.recent.splice(0)];
    this.result.unanswered += open.length;
    const again = (event: Event) => this.#deposit(url, event).catch(() => undefined);
    const answers = await Promise.all(open.map(again));
    for (const [i, event] of open.entries()) {
      const answer = answers[i];
      if (answer?.duplicate) this.result.keptUnanswered++;
      if (answer !== undefined) this.#acknowledge(event, answer);
    }
    const repeated = await Promise.all(recent.map(again));
    for (const [i, { eventId }] of recent.entries()) {
      const answer = repeated[i];
      if (answer === undefined) continue;
      const same = answer.duplicate && agrees(answer.receipt ?? '', this.known.get(eventId));
      if (!same) this.result.faults.push(`${eventId} is answered otherwise than before`);
    }
  }

  /** Every head that was ever published is a beginning of the log as it stands now. */
  async requireOneHistory(url: string, vkey: string): Promise<void> {
    const client = new TlogClient(`${url}/log`, vkey);
    const latest = await client.checkpoint();
    const leaves = await client.level(0, latest.size);
    for (const { size, root } of [...this.heads.values(), latest]) {
      if (!treeHash(leaves.slice(0, size)).equals(root)) {
        this.result.faults.push(`the head of size ${size} is no beginning of the log`);
      }
    }
  }

  /** Event ids of all entries but those that the service itself makes, such as on signatures it found. */
  async #eventsOf(evidence: Evidence): Promise<string[]> {
    const events: string[] = [];
    for (const { evidenceNo } of await evidence.listLoans()) {
      for (const { statement } of await evidence.history(evidenceNo)) {
        if (statement.source.system === 'core') events.push(statement.source.eventId);
      }
    }
    return events;
  }

  /** Every receipt ever given, held against the proof of its loan; and no event twice. */
  async requireKept(mode: Mode): Promise<void> {
    const opened = mode === 'chain' ? await openWhole(this.folder) : openEvidenceRig(this.folder);
    try {
      const { evidence, context } = opened;
      await evidence.finishPublishing();
      await evidence.publishCheckpoint();
      this.result.faults.push(...(await evidence.check()).findings);
      const events = await this.#eventsOf(evidence);
      if (new Set(events).size !== events.length) this.result.faults.push('an event twice');
      if (events.length !== this.known.size) {
        this.result.faults.push(`${events.length} events, of ${this.known.size} acknowledged`);
      }
      const places = new Set([...this.known.values()].map(({ leafIndex }) => leafIndex));
      if (places.size !== this.known.size) this.result.faults.push('two events in one place');
      const proofs = new Map<string, string>();
      for (const [eventId, before] of this.known) {
        const { evidenceNo, seq } = before;
        const receipt = await evidence.receipt(evidenceNo, seq);
        const proof = proofs.get(evidenceNo) ?? (await evidence.completeness(evidenceNo));
        proofs.set(evidenceNo, proof);
        const { verdict } = verifyReceipt(receipt, proof, context);
        const kept = verdict === 'passed' && agrees(receipt, before);
        if (!kept) this.result.faults.push(`${eventId} #${seq} is not kept`);
      }
    } finally {
      await opened.close();
    }
  }
}

/** The installation with a verifier's context that asks for no anchor. */
async function openWhole(folder: string) {
  const { evidence, policy, close } = await openInstallation(readConfig({ CUNZHENG_DATA: folder }));
  return {
    evidence,
    context: { policy: { ...policy, anchorsRequired: 0 }, now: new Date() },
    close,
  };
}

function recordOf({ loan, eventId }: Event) {
  return {
    loan,
    kind: 'repayment',
    occurredAt: '2026-01-02',
    source: { system: 'core', eventId },
    record: { amount: '12.00', currency: 'CNY', date: '2026-01-02' },
  };
}

/** The same bytes for the same event; large enough to be an object of its own. */
function fileOf({ eventId }: Event): Uint8Array {
  return Buffer.from(`%PDF-1.7 ${eventId} `.repeat(1500));
}

/**
 * Runs the service under load and kills it with SIGKILL at a random moment, `rounds` times; every
 * `perFolder` rounds with an empty data folder, of which one in five is the whole service with its
 * embedded chain. After each kill the service starts again, which
 * recomputes everything and refuses to go on with a finding; what had no answer is sent again.
 * @param say is told of each finished folder
 */
export async function killRounds(
  rounds: number,
  perFolder: number,
  say: (line: string) => void = () => {},
): Promise<KillResult> {
  const result: KillResult = {
    rounds: 0,
    killedWhileStarting: 0,
    acknowledged: 0,
    unanswered: 0,
    keptUnanswered: 0,
    checkpoints: 0,
    faults: [],
  };
  for (let life = 0; result.rounds < rounds && result.faults.length === 0; life++) {
    const scratch = scratchFolder();
    try {
      const count = Math.min(perFolder, rounds - result.rounds);
      await oneFolder(join(scratch.path, 'data'), String(life), count, result);
    } finally {
      scratch.remove();
    }
    say(JSON.stringify(result));
  }
  return result;
}

async function oneFolder(folder: string, life: string, rounds: number, result: KillResult) {
  const lender = new Lender(folder, life, result);
  const mode = Number(life) % 5 === 0 ? 'chain' : 'no chain';
  let next = new Server(folder, mode);
  for (let round = 0; round < rounds && result.faults.length === 0; round++) {
    const server = next;
    // Loads its code while the one before it works.
    next = new Server(folder, mode);
    // One kill in six comes while the service is still starting or has just started.
    if (Math.random() < 1 / 6) await killEarly(server, lender);
    else await killUnderLoad(server, lender);
    await server.kill();
    result.rounds++;
  }
  const running = await next.start();
  if (running === undefined) result.faults.push(next.complaints.slice(0, 500));
  else await lender.settle(running.url);
  await next.kill();
  if (result.faults.length === 0) await lender.requireKept(mode);
}

async function killEarly(server: Server, lender: Lender): Promise<void> {
  setTimeout(() => void server.kill(), Math.random() * 800);
  const running = await server.start();
  if (running === undefined) lender.result.killedWhileStarting++;
  else await lender.load(running.url);
}

async function killUnderLoad(server: Server, lender: Lender): Promise<void> {
  const running = await server.start();
  if (running === undefined) {
    lender.result.faults.push(`did not start: ${server.complaints.slice(0, 500)}`);
    return;
  }
  await lender.settle(running.url);
  await lender.requireOneHistory(running.url, running.vkey).catch(publishedNothing);
  // Counted from the first answer, or the first new checkpoint: on a busy machine a kill by the
  // clock alone would come before there is anything to lose.
  const after = Math.random() < 1 / 3 ? 'checkpoint' : 'answer';
  const kill = () => void setTimeout(() => void server.kill(), Math.random() * 300);
  lender.once(after, kill);
  const atLast = setTimeout(() => void server.kill(), 15_000);
  await lender.load(running.url);
  clearTimeout(atLast);
}

/** In the first rounds there may be no checkpoint yet. */
function publishedNothing(error: unknown): void {
  if (!(error instanceof Error && error.message === 'checkpoint: 404')) throw error;
}
