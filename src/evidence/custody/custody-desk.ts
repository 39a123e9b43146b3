import { custodyTitle } from '../../formats/custody-title.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { canonicalBytes, type Json } from '../../formats/jcs.ts';
import type { Kind } from '../../formats/taxonomy.ts';
import { runsOf } from '../../verify/list-deposits.ts';
import type { Acknowledgement } from '../deposit/accept-deposit.ts';
import { EvidenceError } from '../errors.ts';
import type { DepositCommand } from '../ports.ts';
import {
  type CustodyPorts,
  type Decision,
  type Disclosure,
  type Erasure,
  findErasure,
  type Hold,
  openedStatements,
  standingHolds,
  unknownLoan,
} from './custody-history.ts';
import { eraseLoan, finishErasures } from './erase-loan.ts';
import { CUSTODY_SYSTEM } from './loan-register.ts';

/** Evidence of who had what: legal holds, disclosures and the erasure of loans. */
export class CustodyDesk {
  readonly #ports: CustodyPorts;

  constructor(ports: CustodyPorts) {
    this.#ports = ports;
  }

  /** Legal holds of a loan that stand. @throws EvidenceError LOAN_UNKNOWN, LOAN_ERASED */
  async holds(evidenceNo: string): Promise<Hold[]> {
    return standingHolds(await openedStatements(this.#ports, evidenceNo));
  }

  /** Keeps a loan from being erased until the hold is released; several can stand. */
  async placeHold(evidenceNo: string, decision: Decision): Promise<Acknowledgement> {
    return this.#record(evidenceNo, 'hold-placed', decision);
  }

  /**
   * @param seq number of the entry that placed the hold
   * @throws EvidenceError CUSTODY_INVALID when no hold with this number stands
   */
  async releaseHold(evidenceNo: string, seq: number, decision: Decision) {
    const statements = await openedStatements(this.#ports, evidenceNo);
    const hold = standingHolds(statements).find((one) => one.seq === seq);
    const placed = statements[seq];
    if (hold === undefined || placed === undefined) {
      const what = `no hold that stands has the number ${seq}`;
      throw new EvidenceError('CUSTODY_INVALID', what, '"cunzheng loan show" lists the holds.');
    }
    return this.#record(evidenceNo, 'hold-released', decision, {
      references: [{ rel: 'releases', eventId: placed.source.eventId }],
    });
  }

  /**
   * Records that statements or contents leave the system: call it before they do, so that nothing
   * goes out without a record, and nothing when it cannot be written.
   */
  disclose(evidenceNo: string, decision: Decision, disclosure: Disclosure) {
    const record = recordOf(disclosure);
    return this.#record(evidenceNo, disclosure.kind, decision, { record });
  }

  /**
   * The same, but what was recorded on the same day (UTC) in the same words adds nothing: the event
   * is named after them.
   */
  discloseDaily(evidenceNo: string, decision: Decision, disclosure: Disclosure) {
    const { kind } = disclosure;
    const record = recordOf(disclosure);
    const day = this.#ports.clock.now().toISOString().slice(0, 10);
    const words = canonicalBytes({ evidenceNo, kind, day, ...decision, ...record });
    return this.#record(evidenceNo, kind, decision, {
      record,
      occurredAt: day,
      source: { system: CUSTODY_SYSTEM, eventId: `${kind} ${sha256Hex(words)}` },
    });
  }

  /** See `erase-loan.ts`. */
  async erase(evidenceNo: string, decision: Decision): Promise<Erasure> {
    checkDecision(decision);
    return eraseLoan(this.#ports, evidenceNo, decision);
  }

  /** The erasure of a loan, if it was erased. */
  async erasure(evidenceNo: string): Promise<Erasure | undefined> {
    return findErasure(this.#ports, evidenceNo);
  }

  /** At the start: destroys what a crash, or an older backup of the secrets, left of the erased. */
  finishErasures(): Promise<number> {
    return finishErasures(this.#ports);
  }

  async #record(
    evidenceNo: string,
    kind: Kind,
    decision: Decision,
    more: Partial<DepositCommand> & { record?: Record<string, Json> } = {},
  ): Promise<Acknowledgement> {
    checkDecision(decision);
    const loan = await this.#ports.register.findByEvidenceNo(evidenceNo);
    if (loan === undefined) throw unknownLoan(evidenceNo);
    const { record, ...rest } = more;
    const id = Buffer.from(this.#ports.random.bytes(12)).toString('hex');
    return this.#ports.deposit({
      loan: loan.reference,
      kind,
      title: custodyTitle(kind, decision.ground),
      occurredAt: this.#ports.clock.now().toISOString(),
      source: { system: CUSTODY_SYSTEM, eventId: `${kind} ${id}` },
      content: { form: 'record', record: { ...decision, ...record } },
      ...rest,
    });
  }
}

function recordOf({ kind: _, seqs, ...rest }: Disclosure): Record<string, Json> {
  const entries = runsOf([...new Set(seqs)].toSorted((a, b) => a - b));
  return { ...rest, entries: entries.map(([first, last]) => ({ first, last })) };
}

/** Titles stand in receipts and lists for ever, also after an erasure. */
function checkDecision({ by, ground }: Decision): void {
  for (const [name, text] of [
    ['by', by],
    ['ground', ground],
  ] as const) {
    if (text.trim().length > 0 && text.length <= 150) continue;
    const what = `"${name}" needs 1 to 150 characters`;
    const remedy = 'Name the office and the provision or the matter; no personal data.';
    throw new EvidenceError('CUSTODY_INVALID', what, remedy);
  }
}
