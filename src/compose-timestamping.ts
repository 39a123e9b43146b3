import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SqliteDatabase } from './adapters/sqlite/open-database.ts';
import { createTimestampStore } from './adapters/sqlite/timestamp-store.ts';
import { systemClock, systemRandom } from './adapters/system/system-ports.ts';
import { createTimestampAuthority } from './adapters/timestamp/timestamp-authority.ts';
import { ConfigError } from './config.ts';
import type { Evidence } from './evidence/index.ts';
import { createTimestamper, type Timestamper } from './evidence/timestamp/stamp-checkpoints.ts';
import { FormatError } from './formats/errors.ts';
import { FieldReader } from './formats/fields.ts';
import { type Json, parseJson } from './formats/jcs.ts';
import type { TimeWeight, TrustedTsaRoot } from './formats/policy.ts';
import { parseCertificate } from './verify/x509.ts';

/** Settings file of the data folder (docs/timestamping.md). */
export const TIMESTAMPING_FILE = 'timestamping.json';

export interface TimestampingSettings {
  authorities: {
    name: string;
    url: string;
    /** OID. */
    policy?: string;
    /** PEM, one or several certificates; relative to the data folder. */
    rootsFile: string;
    /** Places of revocation lists besides those that certificates name. */
    crlUrls: string[];
    /** What its times are worth to others; `none` for one that the lender runs itself. */
    timeWeight: TimeWeight;
  }[];
  everySeconds: number;
  renewBeforeDays: number;
  /** From how many authorities the own policy requires a token. */
  required: number;
}

/** Time-stamping of one installation. */
export interface Timestamping extends Timestamper {
  settings: TimestampingSettings;
  /** For the installation's own policy. */
  roots: TrustedTsaRoot[];
}

const NONE: TimestampingSettings = {
  authorities: [],
  everySeconds: 60,
  renewBeforeDays: 90,
  required: 0,
};

/**
 * Opens the authorities that `timestamping.json` names; none when there is no such file.
 * @param evidence asked for only when something is stamped
 * @throws ConfigError CONFIG_INVALID naming the file and what is wrong in it
 */
export function openTimestamping(
  dataFolder: string,
  db: SqliteDatabase,
  logId: string,
  evidence: () => Evidence,
): Timestamping {
  const settings = readTimestampingSettings(join(dataFolder, TIMESTAMPING_FILE));
  const opened = settings.authorities.map((authority) => {
    const roots = readRoots(dataFolder, authority.rootsFile);
    return { ...authority, roots };
  });
  const timestamper = createTimestamper({
    authorities: opened.map((one) =>
      createTimestampAuthority({ ...one, clock: systemClock, random: systemRandom }),
    ),
    store: createTimestampStore(db),
    log: {
      logId,
      latest: () => evidence().latestCheckpoint(),
      note: (size) => evidence().checkpointNote(size),
      consistencyProof: (oldSize, newSize) => evidence().consistencyProof(oldSize, newSize),
    },
    clock: systemClock,
    plan: settings,
  });
  return { ...timestamper, settings, roots: opened.flatMap(namedRoots) };
}

/** A root that serves two authorities is named once. */
function namedRoots(
  one: { name: string; roots: Uint8Array[]; timeWeight: TimeWeight },
  at: number,
  all: { roots: Uint8Array[] }[],
): TrustedTsaRoot[] {
  const print = (der: Uint8Array) => parseCertificate(der).fingerprint;
  const before = new Set(all.slice(0, at).flatMap(({ roots }) => roots.map(print)));
  return one.roots
    .map(print)
    .filter((sha256) => !before.has(sha256))
    .map((sha256) => ({
      name: one.name,
      sha256,
      ...(one.timeWeight === 'none' ? { timeWeight: one.timeWeight } : {}),
    }));
}

const REMEDY =
  'Correct the file (docs/timestamping.md), or take it away to do without time stamps.';

function readRoots(dataFolder: string, rootsFile: string): Uint8Array[] {
  const path = resolve(dataFolder, rootsFile);
  try {
    const blocks = readFileSync(path, 'latin1').match(/-----BEGIN CERTIFICATE-----[^-]+-----END/g);
    const roots = (blocks ?? []).map(
      (block) =>
        new Uint8Array(Buffer.from(block.replace(/-----[^-]+-----|-----END|\s/g, ''), 'base64')),
    );
    if (roots.length === 0) throw new Error('it holds no certificate');
    for (const root of roots) parseCertificate(root);
    return roots;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : 'unreadable';
    throw new ConfigError('CONFIG_INVALID', `${path}: ${why}`, REMEDY, { cause });
  }
}

/** @throws ConfigError CONFIG_INVALID */
export function readTimestampingSettings(path: string): TimestampingSettings {
  if (!existsSync(path)) return NONE;
  try {
    return parseSettings(parseJson(new Uint8Array(readFileSync(path))));
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new ConfigError('CONFIG_INVALID', `${path}: ${cause.message}`, REMEDY, { cause });
  }
}

function parseSettings(value: Json): TimestampingSettings {
  const read = new FieldReader(value, 'JSON_INVALID', 'timestamping settings');
  read.constant('v', 1);
  read.constant('type', 'timestamping');
  const settings = {
    authorities: read.list('authorities', 16).map(parseAuthority),
    everySeconds: read.optionalCount('everySeconds') ?? NONE.everySeconds,
    renewBeforeDays: read.optionalCount('renewBeforeDays') ?? NONE.renewBeforeDays,
    required: read.optionalCount('required') ?? NONE.required,
  };
  read.end();
  const names = settings.authorities.map(({ name }) => name);
  if (new Set(names).size < names.length) throw read.error('names one authority twice');
  if (settings.required > names.length) throw read.error('requires more authorities than it names');
  return settings;
}

function parseAuthority(value: Json): TimestampingSettings['authorities'][number] {
  const read = new FieldReader(value, 'JSON_INVALID', 'time-stamping authority');
  const policy = read.has('policy')
    ? read.matching('policy', /^[0-2](?:\.\d{1,20}){1,20}$/, 'an OID')
    : undefined;
  const weight = read.optionalText('timeWeight', 16) ?? 'independent';
  if (weight !== 'none' && weight !== 'independent') throw read.error('has an unknown timeWeight');
  const authority = {
    name: read.text('name', 64),
    url: read.text('url', 500),
    rootsFile: read.text('rootsFile', 500),
    crlUrls: read.has('crlUrls') ? read.list('crlUrls', 8).map((url) => urlOf(url, read)) : [],
    timeWeight: weight as TimeWeight,
    ...(policy === undefined ? {} : { policy }),
  };
  read.end();
  return authority;
}

function urlOf(value: Json, read: FieldReader): string {
  if (typeof value === 'string' && URL.canParse(value)) return value;
  throw read.error('needs addresses in "crlUrls"');
}
