import { calculateClaim } from '../../../src/claim/calculate-claim.ts';
import { fromRecords } from '../../../src/claim/from-records.ts';
import { parseRecord } from '../../../src/claim/records.ts';
import type { DepositCommand } from '../../../src/evidence/ports.ts';
import { utf8 } from '../../../src/formats/bytes.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import { CodedError } from '../../../src/formats/errors.ts';
import { canonicalBytes, type Json } from '../../../src/formats/jcs.ts';
import type { Statement } from '../../../src/formats/statement.ts';
import { KINDS, type Kind } from '../../../src/formats/taxonomy.ts';
import type { FilingProfile } from '../../../src/litigation/matter/filing-profile.ts';
import type { Matter, MatterArtifact } from '../../../src/litigation/matter/matter.ts';
import type { CaseContext } from '../../../src/litigation/package/case-context.ts';
import { planExhibits } from '../../../src/litigation/package/plan-exhibits.ts';

/** A deposit of a made-up loan; `record` absent makes it a document. */
export interface SampleDeposit {
  kind: Kind;
  title?: string;
  record?: Json;
  bytes?: Uint8Array;
  occurredAt?: string;
  receivedAt?: string;
  mediaType?: string;
  source?: DepositCommand['source'];
  /** Earlier deposits that it refers to. */
  references?: Statement['references'];
}

const EVIDENCE_NO = 'CZ1-TEST';

function artifactOf(deposit: SampleDeposit, seq: number): MatterArtifact & { bytes: Uint8Array } {
  const { kind, record, occurredAt = '2026-01-05' } = deposit;
  const bytes =
    record === undefined ? (deposit.bytes ?? utf8(`${kind} ${seq}`)) : canonicalBytes(record);
  const sha256 = sha256Hex(bytes);
  const statement: Statement = {
    evidenceNo: EVIDENCE_NO,
    seq,
    kind,
    title: deposit.title ?? KINDS[kind].zh,
    file: {
      name: `${kind}-${seq}`,
      mediaType:
        record === undefined ? (deposit.mediaType ?? 'application/pdf') : 'application/json',
      size: bytes.length,
      sha256,
      sha512: `${sha256}${sha256}`,
      sm3: sha256,
    },
    occurredAt,
    receivedAt: deposit.receivedAt ?? `${occurredAt.slice(0, 10)}T12:00:00.000Z`,
    source: deposit.source ?? { system: 'core', eventId: `e${seq}` },
    references: deposit.references ?? [],
    depositor: 'Lender',
  };
  const leafHash = sha256Hex(utf8(`leaf ${seq}`));
  const artifact = { seq, leafIndex: seq * 3, leafHash, statement, statementText: '{}', bytes };
  return record === undefined ? artifact : { ...artifact, record };
}

const bytesOf = new WeakMap<MatterArtifact, Uint8Array>();

/** A matter from deposits, as `openMatter` makes it from the store. */
export function matterOf(
  deposits: readonly SampleDeposit[],
  options: { profile: FilingProfile; cutOff: string; preparedOn?: string; reference?: string },
): Matter {
  const artifacts = deposits.map((deposit, seq): MatterArtifact => {
    const { bytes, ...artifact } = artifactOf(deposit, seq);
    bytesOf.set(artifact, bytes);
    return artifact;
  });
  const { profile, cutOff, preparedOn = cutOff, reference = 'L-1' } = options;
  const of = (kind: Kind) => artifacts.filter(({ statement }) => statement.kind === kind);
  const quiet = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch {
      return undefined;
    }
  };
  const defendants = of('identity').flatMap(({ seq, record }) => {
    const identity = quiet(() => parseRecord('identity', record ?? null));
    return identity === undefined ? [] : [{ identity, seq }];
  });
  const [first] = of('contract-terms');
  const terms = quiet(() => parseRecord('contract-terms', first?.record ?? null));
  const matter: Matter = {
    caseId: 'CASE-TEST',
    evidenceNo: EVIDENCE_NO,
    reference,
    profile,
    cutOff,
    preparedOn,
    checkpointSize: artifacts.length + 1,
    artifacts,
    defendants,
    ...(terms === undefined || first === undefined ? {} : { terms: { ...terms, seq: first.seq } }),
  };
  const records = artifacts.flatMap(({ seq, statement: { kind, occurredAt }, record }) =>
    record === undefined ? [] : [{ seq, kind, occurredAt, record }],
  );
  try {
    return { ...matter, claim: calculateClaim(fromRecords(records), cutOff) };
  } catch (error) {
    if (!(error instanceof CodedError)) throw error;
    return { ...matter, claimProblem: { code: error.code, message: error.message } };
  }
}

/** What an import or a portfolio would deposit, as sample deposits. */
export function depositsOf(
  commands: readonly DepositCommand[],
  receivedAt?: string,
): SampleDeposit[] {
  return commands.map((command) => {
    const { content, kind, occurredAt, source, title } = command;
    const received = receivedAt === undefined ? {} : { receivedAt };
    const base = {
      kind,
      occurredAt,
      source,
      ...received,
      ...(title === undefined ? {} : { title }),
    };
    if (content.form === 'record') return { ...base, record: content.record };
    if (content.form === 'stream') throw new TypeError('a sample holds its bytes');
    return { ...base, bytes: content.bytes, mediaType: content.mediaType };
  });
}

/** A context as the package is built from it, with a chain that the lender runs itself. */
export async function contextOf(matter: Matter): Promise<CaseContext> {
  const exhibits = await planExhibits(
    matter.profile.jurisdiction,
    matter.artifacts,
    async (artifact) => bytesOf.get(artifact) ?? new Uint8Array(),
  );
  let page = 20;
  const root = sha256Hex(utf8('root'));
  return {
    matter,
    exhibits: exhibits.map((exhibit) => {
      const first = page;
      page += exhibit.files.length;
      return { ...exhibit, pages: { first, last: page - 1 } };
    }),
    log: {
      origin: 'log.example/test',
      vkey: 'log.example/test+00000000+AA==',
      keyFingerprint: root,
    },
    checkpoint: { size: 4711, root, publishedAt: '2026-04-01T08:00:00.000Z' },
    leafHashes: matter.artifacts.map(({ leafHash }) => leafHash),
    anchors: [
      {
        target: 'embedded',
        chainId: 31337,
        genesisHash: `0x${root}`,
        registry: '0x00000000000000000000000000000000000000A1',
        logId: root,
        size: 4711,
        root,
        txHash: `0x${root}`,
        blockNumber: 7,
        blockHash: `0x${root}`,
        blockTime: 1_775_000_000,
        timeWeight: 'none',
      },
    ],
    timestamps: [],
  };
}
