import { toHex } from './bytes.ts';
import { parseWitnessKey } from './cosignature.ts';
import { FormatError } from './errors.ts';
import { FieldReader, withoutUndefined } from './fields.ts';
import { canonicalJson, type Json, parseJson } from './jcs.ts';
import { parseVerifierKey, type VerifierKey } from './note.ts';

/** What a block time of a registry is worth in evidence; printed on every certificate. */
export type TimeWeight = 'none' | 'independent';

/** A registry that a verifier accepts. */
export interface TrustedRegistry {
  name: string;
  chainId: number;
  genesisHash: string;
  address: string;
  /** SHA-256 of the contract's runtime code, hex: an address alone does not say what runs there. */
  codeHash: string;
  timeWeight: TimeWeight;
  /** This one must hold a checkpoint, whatever the others do; default: it counts like any other. */
  required?: boolean;
  /** Size of the log's first head here: a log that moved here left smaller checkpoints elsewhere. */
  from?: number;
  /** Size of the log's last head here: it moved away, larger checkpoints are elsewhere. */
  until?: number;
}

/** A root of a time-stamping authority that a verifier accepts. */
export interface TrustedTsaRoot {
  /** For the report. */
  name: string;
  /** SHA-256 of the certificate's DER, hex. */
  sha256: string;
  /** Absent = independent. `none`: the lender runs the authority, so its time proves nothing. */
  timeWeight?: TimeWeight;
}

/**
 * Whom a verifier trusts. It is the verifier's own file and never comes from the package under
 * test (docs/trust-model.md).
 */
export interface TrustPolicy {
  name: string;
  /** Verifier keys of logs. */
  logs: string[];
  registries: TrustedRegistry[];
  /** How many of the registries must hold a checkpoint before it counts as anchored. */
  anchorsRequired: number;
  /** Roots of signing certificates: SHA-256 of the DER, hex, with a name for the report. */
  signingRoots: { name: string; sha256: string }[];
  /** Auditors whose cosignatures count: verifier keys of type 0x04 (docs/formats/checkpoint.md). */
  witnesses?: string[];
  /** How many of the witnesses must have seen a checkpoint; none when absent. */
  witnessesRequired?: number;
  /** Roots of time-stamping authorities whose tokens count. */
  tsaRoots: TrustedTsaRoot[];
  /**
   * From how many of the authorities a checkpoint must have a token before its time counts as
   * proven; absent = 0.
   */
  timestampsRequired?: number;
  /** Courts' receipt keys: JWK thumbprint (RFC 7638), base64url. */
  courts: { name: string; thumbprint: string }[];
}

/** The policy as indented JSON, for people to read. */
export function encodePolicy(policy: TrustPolicy): string {
  const value: Json = withoutUndefined({ v: 1, type: 'policy', ...policy } as never);
  return `${JSON.stringify(JSON.parse(canonicalJson(value)), null, 2)}\n`;
}

/** Names of the registries, those whose block times are worth something first. */
export function registriesByClock({ registries }: TrustPolicy): string[] {
  const of = (weight: TimeWeight) => registries.filter(({ timeWeight }) => timeWeight === weight);
  return [...of('independent'), ...of('none')].map(({ name }) => name);
}

/**
 * Reads a policy file; unknown members are errors, so that a typing mistake cannot loosen it.
 * @throws FormatError POLICY_INVALID, JSON_INVALID
 */
export function parsePolicy(input: Uint8Array | string): TrustPolicy {
  const read = new FieldReader(parseJson(input), 'POLICY_INVALID', 'trust policy');
  read.constant('v', 1);
  read.constant('type', 'policy');
  const policy: TrustPolicy = {
    name: read.text('name', 200),
    logs: read.list('logs', 1000).map((vkey) => parseLog(vkey)),
    registries: read.list('registries', 1000).map(parseRegistry),
    anchorsRequired: read.count('anchorsRequired'),
    signingRoots: read.list('signingRoots', 1000).map(parseRoot),
    tsaRoots: read.list('tsaRoots', 1000).map(parseTsaRoot),
    courts: read.list('courts', 1000).map((value) => {
      const court = new FieldReader(value, 'POLICY_INVALID', 'court');
      const out = { name: court.text('name', 200), thumbprint: readThumbprint(court) };
      court.end();
      return out;
    }),
    ...readWitnesses(read),
  };
  const stamps = read.optionalCount('timestampsRequired');
  if (stamps !== undefined) policy.timestampsRequired = stamps;
  read.end();
  const places = policy.registries.map((r) => `${r.chainId} ${r.genesisHash} ${r.address}`);
  // One registry named twice would count twice towards `anchorsRequired`.
  if (new Set(places.map((place) => place.toLowerCase())).size < places.length) {
    throw read.error('names one registry twice');
  }
  return policy;
}

function parseLog(vkey: Json): string {
  if (typeof vkey === 'string') return parseVerifierKey(vkey).vkey;
  const remedy = 'Write each log as name+id+key.';
  throw new FormatError('POLICY_INVALID', 'trust policy needs texts in "logs"', remedy);
}

/** One witness named twice would count twice, as would one key under two names. */
function readWitnesses(read: FieldReader): Pick<TrustPolicy, 'witnesses' | 'witnessesRequired'> {
  const out: Pick<TrustPolicy, 'witnesses' | 'witnessesRequired'> = {};
  if (read.has('witnesses')) {
    const keys = read.list('witnesses', 1000).map(parseWitness);
    const distinct = new Set(keys.map(({ publicKey }) => toHex(publicKey)));
    if (distinct.size < keys.length) throw read.error('names one witness twice');
    out.witnesses = keys.map(({ vkey }) => vkey);
  }
  if (read.has('witnessesRequired')) out.witnessesRequired = read.count('witnessesRequired');
  return out;
}

function parseWitness(vkey: Json): VerifierKey {
  if (typeof vkey === 'string') return parseWitnessKey(vkey);
  const remedy = 'Write each witness as name+id+key.';
  throw new FormatError('POLICY_INVALID', 'trust policy needs texts in "witnesses"', remedy);
}

function readThumbprint(court: FieldReader): string {
  return court.matching('thumbprint', /^[A-Za-z0-9_-]{43}$/, '43 base64url characters');
}

function parseRoot(value: Json): { name: string; sha256: string } {
  const read = new FieldReader(value, 'POLICY_INVALID', 'trusted root');
  const root = { name: read.text('name', 200), sha256: read.hash('sha256') };
  read.end();
  return root;
}

function parseTsaRoot(value: Json): TrustedTsaRoot {
  const read = new FieldReader(value, 'POLICY_INVALID', 'trusted root');
  const root: TrustedTsaRoot = { name: read.text('name', 200), sha256: read.hash('sha256') };
  if (read.has('timeWeight')) root.timeWeight = readWeight(read);
  read.end();
  return root;
}

function readWeight(read: FieldReader): TimeWeight {
  const weight = read.text('timeWeight', 16);
  if (weight === 'none' || weight === 'independent') return weight;
  throw read.error('has an unknown timeWeight');
}

function parseRegistry(value: Json): TrustedRegistry {
  const read = new FieldReader(value, 'POLICY_INVALID', 'trusted registry');
  const timeWeight = readWeight(read);
  const registry: TrustedRegistry = {
    name: read.text('name', 200),
    chainId: read.count('chainId'),
    genesisHash: read.matching('genesisHash', /^0x[0-9a-f]{64}$/, 'a 32-byte hash with 0x'),
    address: read.matching('address', /^0x[0-9a-fA-F]{40}$/, 'an address with 0x'),
    codeHash: read.hash('codeHash'),
    timeWeight,
    ...readScope(read),
  };
  read.end();
  if (registry.from === undefined || registry.until === undefined) return registry;
  if (registry.from > registry.until) throw read.error('begins after its end');
  return registry;
}

/** The optional members; absent stays absent. */
function readScope(read: FieldReader): Pick<TrustedRegistry, 'required' | 'from' | 'until'> {
  const required = read.optionalJson('required');
  if (required !== undefined && typeof required !== 'boolean') {
    throw read.error('needs true or false in "required"');
  }
  const from = read.optionalCount('from');
  const until = read.optionalCount('until');
  return {
    ...(required === undefined ? {} : { required }),
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}
