import type { RecordKind, RecordOf } from '../../claim/records.ts';
import type { DepositCommand, DepositContent } from '../../evidence/ports.ts';
import type { Json } from '../../formats/jcs.ts';
import type { Kind } from '../../formats/taxonomy.ts';
import type { Random } from './random.ts';

/** The lender's systems, each the source of its own events. */
const SYSTEMS = {
  origination: { system: 'XH-ORIG', generator: '进件系统', version: '5.12.3' },
  identity: { system: 'XH-KYC', generator: '身份核验平台', version: '3.8.0' },
  decision: { system: 'XH-RISK', generator: '授信决策引擎', version: '9.4.1' },
  signing: { system: 'XH-SIGN', generator: '电子签约平台', version: '4.2.7' },
  ledger: { system: 'XH-CORE', generator: '核心账务系统', version: '7.1.0' },
  payment: { system: 'XH-PAY', generator: '支付清算系统', version: '2.19.5' },
  collection: { system: 'XH-COLL', generator: '贷后管理系统', version: '3.3.2' },
} as const;

export type SystemName = keyof typeof SYSTEMS;

/** A deposit of the portfolio: a record, or a file whose bytes are at hand. */
export type DemoDeposit = DepositCommand & {
  content: Exclude<DepositContent, { form: 'stream' }>;
};

/** One event before it becomes a deposit. */
export interface JournalEvent {
  system: SystemName;
  /** RFC 3339 with offset. */
  at: string;
  title?: string;
  operator?: string;
  device?: string;
  references?: { rel: string; eventId: string }[];
}

/** Collects a loan's deposits in order; every event gets an id that says what it is. */
export class Journal {
  readonly #deposits: DemoDeposit[] = [];
  readonly #loan: string;
  readonly #counts = new Map<string, number>();
  /** Which system each event came from: a reference across systems must name it. */
  readonly #systems = new Map<string, string>();

  constructor(loan: string) {
    this.#loan = loan;
  }

  /** A record. @returns the event id */
  record<K extends RecordKind & Kind>(event: JournalEvent, kind: K, record: RecordOf<K>): string {
    return this.#add(event, kind, { form: 'record', record: record as Json });
  }

  /** A document as it came. @returns the event id */
  file(
    event: JournalEvent,
    kind: Kind,
    file: { name: string; mediaType: string; bytes: Uint8Array },
  ): string {
    return this.#add(event, kind, { form: 'file', ...file });
  }

  /** All deposits by time; of two at the same instant the one told first, so references hold. */
  inOrder(): DemoDeposit[] {
    return this.#deposits.toSorted((a, b) =>
      a.occurredAt < b.occurredAt ? -1 : a.occurredAt > b.occurredAt ? 1 : 0,
    );
  }

  #add(event: JournalEvent, kind: Kind, content: DemoDeposit['content']): string {
    const { system, at, title, references, ...who } = event;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const eventId = `${this.#loan}/${kind}/${count}`;
    this.#deposits.push({
      loan: this.#loan,
      kind,
      ...(title === undefined ? {} : { title }),
      occurredAt: at,
      source: { ...SYSTEMS[system], eventId, ...who },
      ...(references === undefined ? {} : { references: references.map(this.#withSystem) }),
      content,
    });
    this.#systems.set(eventId, SYSTEMS[system].system);
    return eventId;
  }

  readonly #withSystem = (reference: { rel: string; eventId: string }) => {
    const system = this.#systems.get(reference.eventId);
    return system === undefined ? reference : { ...reference, system };
  };
}

/** A time of day on `date` in Chinese standard time, drawn between two full hours. */
export function timeOn(random: Random, date: string, from: number, until: number): string {
  return instant(date, random.integer(from * 3600, until * 3600 - 1));
}

/** Seconds after midnight in Chinese standard time as RFC 3339. */
export function instant(date: string, seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return `${date}T${clock.map(two).join(':')}+08:00`;
}

/** An instant as papers show it: 2025-03-07 10:15:30. */
export function clockText(at: string): string {
  return at.slice(0, 19).replace('T', ' ');
}
