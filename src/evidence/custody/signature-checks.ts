import type { SignatureCheckRecord } from '../../claim/records.ts';
import { CodedError } from '../../formats/errors.ts';
import type { Json } from '../../formats/jcs.ts';
import type { Statement } from '../../formats/statement.ts';
import { KINDS, type Kind } from '../../formats/taxonomy.ts';
import type { Clock, DepositCommand } from '../ports.ts';
import { CUSTODY_SYSTEM } from './loan-register.ts';
import type { DepositPlace } from './pdf-deposits.ts';

/** What the checks need of the evidence side. */
export interface SignatureCheckEvidence {
  treeSize(): Promise<number>;
  pdfsBetween(from: number, to: number): AsyncIterable<DepositPlace>;
  artifact(evidenceNo: string, seq: number): Promise<{ statement: Statement }>;
  loanByEvidenceNo(evidenceNo: string): Promise<{ reference: string }>;
  content(evidenceNo: string, seq: number): Promise<Uint8Array>;
  wasDeposited(system: string, eventId: string): Promise<boolean>;
  depositOwn(command: DepositCommand): Promise<unknown>;
}

export interface SignatureCheckPorts {
  evidence: SignatureCheckEvidence;
  /** Bounded in time and memory; a file that exceeds either is answered as `unreadable`. */
  check(
    bytes: Uint8Array,
    about: { documentSha256: string; receivedAt: Date },
  ): Promise<Omit<SignatureCheckRecord, 'checkedAt'>>;
  /** Leaf index below which all is checked: a hint that, lost, costs work and no truth. */
  cursor: { read(): Promise<number>; write(leafIndex: number): Promise<void> };
  clock: Clock;
  onError(error: unknown): void;
}

/** Papers that are worth little unsigned: of these it is recorded too that there is no signature. */
const SIGNED_BY_NATURE: ReadonlySet<Kind> = new Set<Kind>([
  'contract',
  'guarantee',
  'extension',
  'settlement',
  'assignment',
  'credit-authorisation',
]);

/** Event of the check of one deposit: no deposit has two checks in the log. */
export const signatureCheckEvent = (evidenceNo: string, seq: number): string =>
  `signature-check/${evidenceNo}/${seq}`;

/**
 * Checks the signatures of every PDF that was deposited, after it was acknowledged, and deposits
 * what was found as a `signature-check` that refers to it. The bytes are not touched. A crash
 * leaves PDFs without a check: the next scan reads the log on from the cursor and finds them; one
 * whose check is in the log already is passed over by its event.
 */
export class SignatureChecks {
  readonly #ports: SignatureCheckPorts;
  readonly #noticed: DepositPlace[] = [];
  #work: Promise<void> = Promise.resolve();
  #draining = false;
  #scanned = false;
  #failed = false;
  #closing = false;

  constructor(ports: SignatureCheckPorts) {
    this.#ports = ports;
  }

  /** A PDF was deposited; returns at once. */
  notice(place: DepositPlace): void {
    this.#noticed.push(place);
    if (this.#draining) return;
    this.#draining = true;
    void this.#exclusive(() => this.#drain());
  }

  /** Checks everything that is in the log when this is called, from the cursor on. */
  finish(): Promise<void> {
    return this.#exclusive(() => this.#scan());
  }

  /**
   * Ends after the file under way. When nothing was left undone the cursor moves to the end of the
   * log, so that the next start need not read it; deposits must have ended before.
   */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#work;
    if (!this.#scanned || this.#failed || this.#noticed.length > 0) return;
    await this.#ports.cursor.write(await this.#ports.evidence.treeSize());
  }

  /** One piece of work at a time; a failure (full disk) is told and left to the next scan. */
  #exclusive(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).catch((error) => {
      this.#failed = true;
      this.#ports.onError(error);
    });
    return this.#work;
  }

  async #drain(): Promise<void> {
    try {
      while (!this.#closing) {
        const place = this.#noticed.shift();
        if (place === undefined) return;
        await this.#checkOne(place);
      }
    } finally {
      this.#draining = false;
    }
  }

  async #scan(): Promise<void> {
    const { evidence, cursor } = this.#ports;
    const size = await evidence.treeSize();
    const known = await cursor.read();
    // Beyond the end: the log is an older copy than the cursor.
    const from = known <= size ? known : 0;
    if (from < size) {
      for await (const place of evidence.pdfsBetween(from, size)) {
        if (this.#closing) return;
        await this.#checkOne(place);
      }
      await cursor.write(size);
    }
    this.#scanned = true;
    this.#failed = false;
  }

  async #checkOne({ evidenceNo, seq }: DepositPlace): Promise<void> {
    const { evidence, check, clock } = this.#ports;
    const eventId = signatureCheckEvent(evidenceNo, seq);
    if (await evidence.wasDeposited(CUSTODY_SYSTEM, eventId)) return;
    const found = await this.#read(evidenceNo, seq);
    if (found === undefined) return;
    const { bytes, statement } = found;
    const { kind, file, receivedAt, source } = statement;
    const about = { documentSha256: file.sha256, receivedAt: new Date(receivedAt) };
    const findings = await check(bytes, about);
    if (findings.result === 'unsigned' && !SIGNED_BY_NATURE.has(kind)) return;
    const { reference } = await evidence.loanByEvidenceNo(evidenceNo);
    const checkedAt = clock.now().toISOString();
    await evidence.depositOwn({
      loan: reference,
      kind: 'signature-check',
      title: `${KINDS['signature-check'].zh}（序号${seq}）`,
      occurredAt: checkedAt,
      source: { system: CUSTODY_SYSTEM, eventId, generator: findings.checker },
      references: [{ rel: 'checks', eventId: source.eventId, system: source.system }],
      content: { form: 'record', record: { ...findings, checkedAt } as Json },
    });
  }

  /** Undefined when it cannot be had any more: it was erased, or is damaged. */
  async #read(evidenceNo: string, seq: number) {
    const { evidence, onError } = this.#ports;
    try {
      const { statement } = await evidence.artifact(evidenceNo, seq);
      return { statement, bytes: await evidence.content(evidenceNo, seq) };
    } catch (error) {
      if (!(error instanceof CodedError)) throw error;
      onError(error);
      return undefined;
    }
  }
}
