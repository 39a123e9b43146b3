import { draftStatement, type StatementFile } from '../../formats/statement.ts';
import { KINDS } from '../../formats/taxonomy.ts';
import type { LoanRegister } from '../custody/loan-register.ts';
import type { LogWriter, ReadyDeposit } from '../log/log-writer.ts';
import type {
  DepositCommand,
  EvidenceStore,
  LogSigner,
  ObjectStore,
  RandomSource,
} from '../ports.ts';
import { checkCommand } from './check-command.ts';
import { checkRecord } from './check-record.ts';
import {
  describeContent,
  type StoredContent,
  smallContent,
  storeContent,
} from './store-content.ts';
import type { Turns } from './turns.ts';

export interface DepositPorts {
  store: EvidenceStore;
  objects: ObjectStore;
  register: LoanRegister;
  writer: LogWriter;
  turns: Turns;
  signer: LogSigner;
  random: RandomSource;
  /** Name of the lender as it stands in every statement. */
  depositor: string;
  /** Largest file, bytes. */
  maxFileBytes: number;
}

/** A deposit that was checked and hashed, whose content is at hand or stored. */
export interface Prepared {
  command: DepositCommand;
  ready: ReadyDeposit;
  file: StatementFile;
}

/** Whether nothing has to be waited for. */
export function isAtOnce<T>(value: T | Promise<T>): value is T {
  return !(value instanceof Promise);
}

/**
 * Checks a deposit and does all that can be done before its place is known. Small content needs no
 * wait; large content is durable in the object store when the promise resolves.
 * @throws EvidenceError DEPOSIT_INVALID, RECORD_INVALID, CONTENT_TOO_LARGE, FormatError JSON_INVALID, JSON_TOO_DEEP;
 *   at once or through the promise
 */
export function prepareDeposit(
  ports: DepositPorts,
  command: DepositCommand,
): Prepared | Promise<Prepared> {
  checkCommand(command);
  const described = describeContent(command);
  checkRecord(command);
  const { system, eventId } = command.source;
  const eventKey = ports.register.eventKey(system, eventId);
  const small = smallContent(described);
  if (small !== undefined) return prepared(ports, command, eventKey, small);
  return storeContent(command.content, described, {
    objects: ports.objects,
    random: ports.random,
    maxBytes: ports.maxFileBytes,
    isKnown: async () => (await ports.store.findEvent(eventKey)) !== undefined,
  }).then((stored) => prepared(ports, command, eventKey, stored));
}

function prepared(
  { register, depositor }: DepositPorts,
  command: DepositCommand,
  eventKey: string,
  { file, content }: StoredContent,
): Prepared {
  const { loan, kind, title = KINDS[kind].zh, occurredAt, source } = command;
  const references = (command.references ?? []).map(({ rel, eventId, system = source.system }) => ({
    rel,
    eventKey: register.eventKey(system, eventId),
    eventId,
  }));
  const draft = draftStatement({ kind, title, file, occurredAt, source, depositor });
  return { command, file, ready: { loan, eventKey, draft, references, content } };
}
