import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { toHex, utf8 } from '../src/formats/bytes.ts';
import { signCheckpoint } from '../src/formats/checkpoint.ts';
import { encodeEntry, NO_PREVIOUS } from '../src/formats/entry.ts';
import { leafHash } from '../src/formats/merkle.ts';
import { verifierKey } from '../src/formats/note.ts';
import { encodeBundle, TILE_WIDTH, tilePath } from '../src/formats/tile.ts';
import { auditLog } from '../src/verify/audit/audit-log.ts';
import { ReplayMap } from '../src/verify/audit/replay-map.ts';
import { ReplayTree } from '../src/verify/audit/replay-tree.ts';
import type { BenchResult } from './result.ts';

const DEPOSITS_PER_LOAN = 10;
/** One checkpoint, with its map, for this many entries. */
const INTERVAL = 1000;

/** A log of `size` entries in memory, as its operator publishes it. */
function makeLog(size: number) {
  const files = new Map<string, Uint8Array>();
  const [tree, map] = [new ReplayTree(), new ReplayMap()];
  let bundle: Uint8Array[] = [];
  const closeBundle = () => {
    const index = Math.floor((tree.size - 1) / TILE_WIDTH);
    files.set(tilePath({ level: 'entries', index, width: bundle.length }), encodeBundle(bundle));
    bundle = [];
  };
  const commitment = toHex(leafHash(utf8('commitment')));
  while (tree.size < size) {
    const index = tree.size;
    const isMap = (index + 1) % INTERVAL === 0 || index === size - 1;
    const loan = toHex(leafHash(utf8(`loan ${index % Math.ceil(size / DEPOSITS_PER_LOAN)}`)));
    const head = map.head(loan);
    const prev = head === undefined ? NO_PREVIOUS : toHex(head.head);
    const seq = head?.count ?? 0;
    const data = encodeEntry(
      isMap
        ? { type: 'map', root: map.root(), covers: index }
        : { type: 'deposit', loan, seq, prev, commitment },
    );
    const leaf = leafHash(data);
    if (!isMap) map.set(loan, { count: seq + 1, head: leaf });
    bundle.push(data);
    for (const { id, bytes } of tree.append(leaf)) files.set(tilePath(id), bytes);
    if (bundle.length === TILE_WIDTH) closeBundle();
  }
  if (bundle.length > 0) closeBundle();
  for (const { id, bytes } of tree.partialTiles()) files.set(tilePath(id), bytes);
  return { files, root: tree.root() };
}

/** The floor: every entry of the bundles hashed once by node:crypto, nothing else. */
function floorRate(files: Map<string, Uint8Array>, size: number): number {
  const began = performance.now();
  for (const [path, bytes] of files) {
    if (!path.startsWith('tile/entries')) continue;
    for (let at = 0; at < bytes.length; ) {
      const end = at + 2 + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
      createHash('sha256').update(bytes.subarray(at, end)).digest();
      at = end;
    }
  }
  return size / ((performance.now() - began) / 1000);
}

/** `audit.replay`: an auditor's full replay of a log in memory. */
export async function benchAudit(size: number): Promise<BenchResult[]> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const spki = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  const key = verifierKey('bench.example/log', new Uint8Array(spki.subarray(-32)));
  const { files, root } = makeLog(size);
  const note = signCheckpoint(
    { origin: key.name, size, root },
    key,
    (data) => new Uint8Array(sign(null, data, privateKey)),
  );
  files.set('checkpoint', utf8(note));
  const lists = { registries: [], signingRoots: [], tsaRoots: [], courts: [] };
  const policy = { name: 'bench', logs: [key.vkey], anchorsRequired: 0, ...lists };
  const began = performance.now();
  const { report } = await auditLog({
    files: { read: async (path) => files.get(path) },
    context: { policy, now: new Date() },
  });
  const seconds = (performance.now() - began) / 1000;
  if (report.verdict !== 'passed') throw new Error(JSON.stringify(report.checks));
  const [value, floor] = [size / seconds, floorRate(files, size)];
  const loans = Math.ceil(size / DEPOSITS_PER_LOAN);
  const more = { entries: size, loans, seconds: Number(seconds.toFixed(2)) };
  return [{ name: 'audit.replay', value, unit: 'entries/s', floor, ratio: value / floor, ...more }];
}
