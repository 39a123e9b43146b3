import { toHex, utf8 } from '../../formats/bytes.ts';
import { sha256Hex } from '../../formats/digest.ts';
import { canonicalJson } from '../../formats/jcs.ts';
import type { TrustPolicy } from '../../formats/policy.ts';
import type { VerificationReport } from '../../verify/report.ts';
import { reportToJson } from '../../verify/report.ts';
import type { Clock } from '../ports.ts';
import { decideFiling, holdsItsCase, type IndeterminateRule } from './decide-filing.ts';
import { CourtError } from './errors.ts';
import type {
  ChainLook,
  CourtStore,
  Decision,
  Filing,
  FilingState,
  ObserveChain,
  PackageClaims,
  PackageFolder,
  PackageVerifier,
  ReceiptSigner,
} from './ports.ts';
import { type ReceiptFacts, signReceipt } from './sign-receipt.ts';

export interface IntakePorts {
  /** Name of the court, as it stands in its receipts. */
  name: string;
  store: CourtStore;
  packages: PackageFolder;
  verifier: PackageVerifier;
  /** The court's own policy as it stands; undefined: nobody has put one there yet. */
  policy(): TrustPolicy | undefined;
  observe: ObserveChain;
  signer: ReceiptSigner;
  clock: Clock;
  indeterminate: IndeterminateRule;
}

/** Takes packages in, verifies them by itself, answers with signed receipts. */
export interface Intake {
  /**
   * Takes one package in. The same package of the same sender gives the same receipt, byte for
   * byte, whatever happened between; `bytes` are not read when the package is here already.
   *
   * Order: file by digest → row of the filing → verification → row of the decision with its receipt
   * → answer. A crash leaves: a `.tmp` file, removed at the next start; a file without a row, which
   * the next attempt writes again; a filing without a decision, which `resume` or the next attempt
   * decides; or a decision whose answer nobody heard, which the next attempt hears.
   * @throws CourtError NOT_A_PACKAGE, PACKAGE_TOO_LARGE, PACKAGE_DIFFERS (nothing is kept),
   *   CASE_CONFLICT (for good), CHAIN_SILENT, POLICY_MISSING, COURT_BUSY (come back later)
   */
  receive(request: {
    sender: string;
    sha256: string;
    bytes: AsyncIterable<Uint8Array>;
  }): Promise<{ filing: Filing; decision: Decision; repeated: boolean }>;
  /** Decides what a crash left undecided. @returns how many were decided */
  resume(): Promise<number>;
  /** @throws CourtError FILING_UNKNOWN */
  filing(sender: string, sha256: string): Promise<FilingState>;
  list(options: { sender?: string; limit: number; below?: number }): Promise<FilingState[]>;
  /** What is wrong with tables and packages, one line each; nothing when all is well. */
  check(): Promise<string[]>;
}

export function createIntake(ports: IntakePorts): Intake {
  const { store, packages, clock } = ports;
  // Two requests for one package share one verification.
  const deciding = new Map<number, Promise<Decision>>();
  const decideOnce = (filing: Filing): Promise<Decision> => {
    const running = deciding.get(filing.id) ?? decide(ports, filing);
    deciding.set(filing.id, running);
    return running.finally(() => deciding.delete(filing.id));
  };
  return {
    async receive({ sender, sha256, bytes }) {
      const known = await store.find(sender, sha256);
      if (known?.refusal !== undefined) throw conflict(known.refusal.detail);
      if (known?.decision !== undefined) {
        return { filing: known.filing, decision: known.decision, repeated: true };
      }
      requirePolicy(ports);
      const filing = known?.filing ?? (await keep({ sender, sha256, bytes }));
      return { filing, decision: await decideOnce(filing), repeated: known !== undefined };
    },
    async resume() {
      let decided = 0;
      if (ports.policy() === undefined) return decided;
      for (const filing of await store.unanswered()) {
        try {
          await decideOnce(filing);
          decided++;
        } catch (error) {
          if (!(error instanceof CourtError)) throw error;
          // A silent chain is silent for all: they are decided when their senders ask again.
          if (error.code === 'CHAIN_SILENT') break;
        }
      }
      return decided;
    },
    async filing(sender, sha256) {
      const state = await store.find(sender, sha256);
      if (state !== undefined) return state;
      const what = `no filing of this sender has the SHA-256 ${sha256}`;
      throw new CourtError('FILING_UNKNOWN', what, 'Hand the package in with PUT.');
    },
    list: (options) => store.list(options),
    async check() {
      return [...(await store.checkIntegrity()), ...(await packages.check(everyFiling(store)))];
    },
  };

  async function keep(request: {
    sender: string;
    sha256: string;
    bytes: AsyncIterable<Uint8Array>;
  }): Promise<Filing> {
    const { sender, sha256, bytes } = request;
    const { size } = await packages.store(sha256, bytes);
    const receivedAt = clock.now().toISOString();
    return store.insertFiling({ sender, sha256, size, receivedAt });
  }
}

async function* everyFiling(store: CourtStore): AsyncGenerator<Filing> {
  let below: number | undefined;
  while (true) {
    const page = await store.list({ limit: 1000, ...(below === undefined ? {} : { below }) });
    if (page.length === 0) return;
    for (const { filing } of page) yield filing;
    below = page.at(-1)?.filing.id;
  }
}

function requirePolicy({ policy }: IntakePorts): TrustPolicy {
  const own = policy();
  if (own !== undefined) return own;
  const remedy = 'The court must put its trust policy into its data folder; try again later.';
  throw new CourtError('POLICY_MISSING', 'this court trusts nobody yet', remedy);
}

async function decide(ports: IntakePorts, filing: Filing): Promise<Decision> {
  const { verifier, store, clock, indeterminate } = ports;
  const policy = requirePolicy(ports);
  const claims = await verifier.inspect(filing.sha256, policy);
  const look = await lookAtChain(ports, policy, claims);
  // A policy without registries needs no look; an empty list would say that it was made in vain.
  const observed = policy.registries.length === 0 ? {} : { observations: look.observations };
  const context = { policy, now: clock.now(), ...observed };
  const report = await verifier.verify(filing.sha256, context);
  const outcome = decideFiling(report, look.problems.length > 0, indeterminate);
  if (outcome === undefined) throw silent(look.problems);
  const facts: ReceiptFacts = { filing, claims, policy, report, look, outcome };
  const decision = decisionOf(ports, facts);
  if (decision.holdsCase && !(await isFree(store, decision))) return refuse(ports, decision);
  if (await store.insertDecision(decision)) return decision;
  // Another package took the place while this one was being verified.
  return refuse(ports, decision);
}

function lookAtChain(
  { observe }: IntakePorts,
  { registries }: TrustPolicy,
  { checkpoint, logId }: PackageClaims,
): Promise<ChainLook> {
  if (checkpoint === undefined || logId === undefined) {
    return Promise.resolve({ observations: [], problems: [] });
  }
  return observe(registries, logId, toHex(checkpoint.root));
}

function decisionOf(ports: IntakePorts, facts: ReceiptFacts): Decision {
  const { filing, claims, report, outcome } = facts;
  const decidedAt = ports.clock.now().toISOString();
  const reportText = canonicalJson(reportToJson(wellFormedReport(report)));
  const reportSha256 = sha256Hex(utf8(reportText));
  const { caseId, revision, evidenceNo } = claims;
  return {
    filingId: filing.id,
    sender: filing.sender,
    caseId: caseId ?? null,
    revision: revision ?? null,
    evidenceNo: evidenceNo ?? null,
    holdsCase: caseId !== undefined && holdsItsCase(report),
    decision: outcome,
    decidedAt,
    receipt: signReceipt(ports.signer, ports.name, facts, { decidedAt, reportSha256 }),
    report: reportText,
  };
}

/** Details quote hostile bytes and are cut at a length: half a character would have no JSON form. */
function wellFormedReport(report: VerificationReport): VerificationReport {
  const checks = report.checks.map((check) => ({
    ...check,
    ...(check.detail === undefined ? {} : { detail: check.detail.toWellFormed() }),
    ...(check.subject === undefined ? {} : { subject: check.subject.toWellFormed() }),
  }));
  return { ...report, checks };
}

async function isFree(store: CourtStore, decision: Decision): Promise<boolean> {
  const { filingId, sender, caseId, revision } = decision;
  if (caseId === null || revision === null) return true;
  const holder = await store.holderOf(sender, caseId, revision);
  return holder === undefined || holder.id === filingId;
}

async function refuse({ store, clock }: IntakePorts, decision: Decision): Promise<never> {
  const { filingId, caseId, revision } = decision;
  const detail = `case ${caseId}, revision ${revision} is here already as another package`;
  const at = clock.now().toISOString();
  await store.insertRefusal({ filingId, at, code: 'CASE_CONFLICT', detail });
  throw conflict(detail);
}

function conflict(detail: string): CourtError {
  const remedy = 'Hand in the package that was filed first, or a correction with a new revision.';
  return new CourtError('CASE_CONFLICT', detail, remedy);
}

function silent(problems: string[]): CourtError {
  const what = `the court cannot look at the chain now (${problems.join(', ')})`;
  return new CourtError('CHAIN_SILENT', what, 'Hand the same package in again later.');
}
