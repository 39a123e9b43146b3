import { Transaction } from 'ethers';

const NEWLINE = 0x0a;

interface Line {
  kind?: string;
  raw?: string;
  genesis?: { fundedAddresses?: string[] };
}

/**
 * The beginning of a chain's journal that a database copied earlier knows: up to the first
 * transaction that neither the outbox of that database nor the chain's admin has sent. The journal
 * only grows at its end and a transaction is recorded in the outbox before it is sent, so this
 * beginning holds every anchor that the database calls final, and no head that it lacks.
 * @param known signed transactions of the outbox, lower-case hex with 0x
 * @returns whole lines; checksums are left to whoever opens the journal
 */
export function cutJournal(journal: Uint8Array, known: ReadonlySet<string>): Uint8Array {
  let admins: string[] = [];
  let keep = 0;
  for (let end = journal.indexOf(NEWLINE); end >= 0; end = journal.indexOf(NEWLINE, keep)) {
    const line = parse(journal.subarray(keep, end));
    if (line.kind === 'genesis') admins = line.genesis?.fundedAddresses ?? [];
    if (line.kind === 'transaction' && !known.has((line.raw ?? '').toLowerCase())) {
      if (!admins.includes(senderOf(line.raw))) break;
    }
    keep = end + 1;
  }
  return journal.subarray(0, keep);
}

function parse(bytes: Uint8Array): Line {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as Line;
  } catch {
    // A damaged line is copied as it is: the journal's own check names it.
    return {};
  }
}

function senderOf(raw: string | undefined): string {
  try {
    return Transaction.from(raw ?? '').from?.toLowerCase() ?? '';
  } catch {
    return '';
  }
}
