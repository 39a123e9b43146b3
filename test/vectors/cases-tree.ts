import { fromHex, utf8 } from '../../src/formats/bytes.ts';
import { loanKey } from '../../src/formats/evidence-number.ts';
import { consistencyProof, inclusionProof } from '../../src/formats/merkle.ts';
import { encodeBundle, tilesOf } from '../../src/formats/tile.ts';
import { hex, rejectBytes } from './case.ts';
import { hash, type MapLeaf, mapLeaf, mapProof, mapRoot, treeRoot } from './reference-tree.ts';
import { evidenceNumbers, readerOf, sampleLog, seeded } from './sample-log.ts';

const hexes = (hashes: Uint8Array[]): string[] => hashes.map(hex);
const flip = (text: string): string => (text.startsWith('0') ? '1' : '0') + text.slice(1);

interface InclusionCase {
  name: string;
  index: number;
  size: number;
  leaf: string;
  proof: string[];
  root: string;
  valid: boolean;
}

function alteredInclusion(good: InclusionCase): InclusionCase[] {
  const { proof } = good;
  const bad = (name: string, change: Partial<InclusionCase>) => ({
    ...good,
    ...change,
    name: `${good.name}: ${name}`,
    valid: false,
  });
  return [
    bad('another index', { index: good.index ^ 1 }),
    bad('index beyond the tree', { index: good.size }),
    bad('negative index', { index: -1 }),
    bad('another leaf', { leaf: flip(good.leaf) }),
    bad('another root', { root: flip(good.root) }),
    bad('root too short', { root: good.root.slice(2) }),
    bad('leaf too short', { leaf: good.leaf.slice(2) }),
    bad('last hash missing', { proof: proof.slice(0, -1) }),
    bad('a hash too many', { proof: [...proof, good.root] }),
    bad('first hash doubled', { proof: [proof[0] ?? '', ...proof] }),
    bad('order reversed', { proof: proof.toReversed() }),
    bad('a hash too short', { proof: [(proof[0] ?? '').slice(2), ...proof.slice(1)] }),
    bad('an altered hash', { proof: [flip(proof[0] ?? ''), ...proof.slice(1)] }),
  ];
}

export function merkleVectors() {
  const data = Array.from({ length: 33 }, (_, i) => `leaf ${i}`);
  const leaves = data.map((text) => new Uint8Array(hash(Uint8Array.of(0), utf8(text))));
  const roots = Array.from({ length: 34 }, (_, size) => hex(treeRoot(leaves.slice(0, size))));
  const one = (index: number, size: number): InclusionCase => ({
    name: `leaf ${index} of ${size}`,
    index,
    size,
    leaf: hex(leaves[index] ?? leaves[0] ?? new Uint8Array()),
    proof: hexes(inclusionProof(index, size, readerOf(leaves.slice(0, size)))),
    root: roots[size] ?? '',
    valid: true,
  });
  const places: [number, number][] = [
    [0, 1],
    [0, 2],
    [1, 2],
    [2, 3],
    [0, 5],
    [4, 5],
    [6, 7],
    [5, 8],
    [12, 13],
    [15, 16],
    [31, 32],
    [0, 33],
    [32, 33],
  ];
  const inclusion = places.map(([index, size]) => one(index, size));
  const steps: [number, number][] = [
    [1, 1],
    [1, 2],
    [2, 3],
    [3, 4],
    [4, 7],
    [6, 8],
    [7, 8],
    [8, 9],
    [5, 33],
    [16, 33],
    [32, 33],
    [33, 33],
  ];
  const consistency = steps.map(([oldSize, newSize]) => ({
    name: `${oldSize} to ${newSize}`,
    oldSize,
    newSize,
    proof: hexes(consistencyProof(oldSize, newSize, readerOf(leaves.slice(0, newSize)))),
    oldRoot: roots[oldSize] ?? '',
    newRoot: roots[newSize] ?? '',
    valid: true,
  }));
  return {
    about: 'The tree of RFC 9162 over the texts "leaf 0" to "leaf 32"',
    data,
    leafHashes: hexes(leaves),
    roots,
    inclusion: [...inclusion, ...alteredInclusion(one(4, 7)), ...levelTricks(leaves)],
    consistency: [...consistency, ...alteredConsistency(consistency[5])],
  };
}

/** Proofs whose hashes lead to the root, but over the wrong number of levels. */
function levelTricks(leaves: Uint8Array[]): InclusionCase[] {
  const pair = (at: number) => hex(treeRoot(leaves.slice(at, at + 2)));
  const root = hex(treeRoot(leaves.slice(0, 4)));
  const [, , third = '', fourth = ''] = hexes(leaves);
  return [
    {
      name: 'an inner node given out as a leaf',
      index: 0,
      size: 4,
      leaf: pair(0),
      proof: [pair(2)],
      root,
      valid: false,
    },
    {
      name: 'leaf 2 of 4 given out as leaf 0 of 2',
      index: 0,
      size: 2,
      leaf: third,
      proof: [fourth, pair(0)],
      root,
      valid: false,
    },
  ];
}

interface ConsistencyCase {
  name: string;
  oldSize: number;
  newSize: number;
  proof: string[];
  oldRoot: string;
  newRoot: string;
  valid: boolean;
}

function alteredConsistency(good: ConsistencyCase | undefined): ConsistencyCase[] {
  if (good === undefined) throw new Error('no case to alter');
  const { proof, oldRoot, newRoot } = good;
  const bad = (name: string, change: Partial<ConsistencyCase>) => ({
    ...good,
    ...change,
    name: `${good.name}: ${name}`,
    valid: false,
  });
  return [
    bad('from nothing', { oldSize: 0 }),
    bad('another old size', { oldSize: 5 }),
    bad('another new size', { newSize: 9 }),
    bad('sizes exchanged', { oldSize: good.newSize, newSize: good.oldSize }),
    bad('roots exchanged', { oldRoot: newRoot, newRoot: oldRoot }),
    bad('old root altered', { oldRoot: flip(oldRoot) }),
    bad('new root altered', { newRoot: flip(newRoot) }),
    bad('empty proof', { proof: [] }),
    bad('last hash missing', { proof: proof.slice(0, -1) }),
    bad('a hash too many', { proof: [...proof, newRoot] }),
    bad('order reversed', { proof: proof.toReversed() }),
    bad('equal sizes with a proof', { newSize: good.oldSize, newRoot: oldRoot }),
  ];
}

export function tileVectors() {
  const { log } = sampleLog();
  const entries = log.entries.map(utf8);
  const path = (text: string, level: number | 'entries', index: number, width = 256) => ({
    path: text,
    valid: true,
    level,
    index,
    width,
  });
  const refused = [
    'tile/0/00',
    'tile/0/0000',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/0/x000/001',
    'tile/0/001/067',
    'tile/0/x001/x067',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/300',
    'tile/0/000.p/05',
    'tile/0/000.p/',
    'tile/0/000/',
    '/tile/0/000',
    'tile/0/../000',
    'tile/entries/000.p/1/',
    'tile/data/000',
    'tile/0/x999/x999/x999/x999/x999/x999/999',
    'tile/0/000\n',
  ];
  const bundle = encodeBundle(entries);
  return {
    about: 'Tile paths, tiles of a tree, entry bundles (C2SP tlog-tiles)',
    paths: [
      path('tile/0/000', 0, 0),
      path('tile/0/x001/x234/067', 0, 1234067),
      path('tile/1/000.p/17', 1, 0, 17),
      path('tile/63/999', 63, 999),
      path('tile/entries/x001/000.p/255', 'entries', 1000, 255),
      ...refused.map((text) => ({ path: text, valid: false })),
    ],
    trees: [1, 255, 256, 257, 70000].map((size) => ({
      size,
      tiles: ['entries', 0, 1, 2].map((level) => {
        const own = tilesOf(size).filter((tile) => tile.level === level);
        const partial = own.filter(({ width }) => width < 256).map(({ width }) => width);
        return { level, full: own.length - partial.length, partial };
      }),
    })),
    bundles: [
      {
        name: 'the sample log',
        entries: entries.map((e) => new TextDecoder().decode(e)),
        bundle: hex(bundle),
        valid: true,
      },
      { name: 'no entry', entries: [], bundle: '', valid: true },
      { name: 'an empty entry', entries: [''], bundle: '0000', valid: true },
      ...[
        rejectBytes('half a length', Uint8Array.of(0), 'TILE_INVALID'),
        rejectBytes('an entry cut short', bundle.subarray(0, -1), 'TILE_INVALID'),
        rejectBytes('257 entries', new Uint8Array(514), 'TILE_INVALID'),
      ].map(({ name, inputBase64, error }) => ({
        name,
        bundle: Buffer.from(inputBase64 ?? '', 'base64').toString('hex'),
        valid: false,
        error,
      })),
    ],
  };
}

interface MapCase {
  name: string;
  root: string;
  loanKey: string;
  value: { count: number; head: string } | null;
  proof: { siblings: string[]; other?: { keyHash: string; valueHash: string } };
  valid: boolean;
}

const leafHex = ({ keyHash, valueHash }: MapLeaf) => ({
  keyHash: hex(keyHash),
  valueHash: hex(valueHash),
});

/** Twelve loans under one root. */
function sampleMap() {
  const keys = Array.from({ length: 12 }, (_, i) => loanKey(`CZ-SAMPLE-${i}`));
  const values = keys.map((_, i) => ({ count: i + 1, head: seeded(`head ${i}`) }));
  const leaves = keys.map((key, i) => mapLeaf(key, values[i] ?? { count: 0, head: key }));
  return { keys, values, leaves, root: hex(mapRoot(leaves)) };
}

function mapCase(
  name: string,
  leaves: MapLeaf[],
  key: Uint8Array,
  value?: { count: number; head: Uint8Array },
): MapCase {
  const { siblings, other } = mapProof(leaves, key);
  return {
    name,
    root: hex(mapRoot(leaves)),
    loanKey: hex(key),
    value: value === undefined ? null : { count: value.count, head: hex(value.head) },
    proof: { siblings: hexes(siblings), ...(other && { other: leafHex(other) }) },
    valid: true,
  };
}

/** Keys beside `leaves`, one that ends at another leaf and one that ends at an empty place. */
function absentKeys(leaves: MapLeaf[]): { atLeaf: Uint8Array; atEmpty: Uint8Array } {
  const candidates = Array.from({ length: 400 }, (_, i) => loanKey(`CZ-ABSENT-${i}`));
  const ends = candidates.map((key) => ({ key, proof: mapProof(leaves, key) }));
  const atLeaf = ends.find(({ proof }) => proof.other !== undefined)?.key;
  const atEmpty = ends.find(({ proof }) => proof.other === undefined)?.key;
  if (atLeaf === undefined || atEmpty === undefined) throw new Error('choose other loans');
  return { atLeaf, atEmpty };
}

const ZEROS = '0'.repeat(64);

/** Another loan whose first bit is that of `key`. */
function onTheSameSide(key: Uint8Array): Uint8Array {
  const right = (hash(key)[0] ?? 0) >= 128;
  const candidates = Array.from({ length: 40 }, (_, i) => loanKey(`CZ-ABSENT-${i}`));
  const found = candidates.find((other) => (hash(other)[0] ?? 0) >= 128 === right);
  if (found === undefined) throw new Error('choose other loans');
  return found;
}

/** The same leaves in trees that are not collapsed: their roots are not roots of a map. */
function uncollapsed(): MapCase[] {
  const key = loanKey('CZ-SAMPLE-0');
  const value = { count: 1, head: seeded('head 0') };
  const leaf = hash(Uint8Array.of(0), ...Object.values(mapLeaf(key, value)));
  const right = (hash(key)[0] ?? 0) >= 128;
  const node = right
    ? hash(Uint8Array.of(1), fromHex(ZEROS), leaf)
    : hash(Uint8Array.of(1), leaf, fromHex(ZEROS));
  const empty = hash(Uint8Array.of(1), fromHex(ZEROS), fromHex(ZEROS));
  const base = { loanKey: hex(key), valid: false };
  const neighbour = onTheSameSide(key);
  return [
    {
      ...base,
      name: 'one leaf beside an empty place',
      root: hex(node),
      value: { count: 1, head: hex(value.head) },
      proof: { siblings: [ZEROS] },
    },
    {
      ...base,
      name: 'absence by such a leaf',
      root: hex(node),
      loanKey: hex(neighbour),
      value: null,
      proof: { siblings: [ZEROS], other: leafHex(mapLeaf(key, value)) },
    },
    {
      ...base,
      name: 'two empty places',
      root: hex(empty),
      value: null,
      proof: { siblings: [ZEROS] },
    },
  ];
}

function alteredMap(good: MapCase, absent: MapCase): MapCase[] {
  const value = good.value ?? { count: 0, head: '' };
  const { siblings } = good.proof;
  const bad = (name: string, change: Partial<MapCase>, of = good) => ({
    ...of,
    ...change,
    name,
    valid: false,
  });
  return [
    bad('a higher count', { value: { ...value, count: value.count + 1 } }),
    bad('a lower count', { value: { ...value, count: value.count - 1 } }),
    bad('another head', { value: { ...value, head: flip(value.head) } }),
    bad('a present loan as absent', { value: null }),
    bad('a present loan as absent behind its own leaf', {
      value: null,
      proof: {
        siblings,
        other: leafHex(
          mapLeaf(fromHex(good.loanKey), { count: value.count, head: fromHex(value.head) }),
        ),
      },
    }),
    bad('another loan', { loanKey: flip(good.loanKey) }),
    bad('another root', { root: flip(good.root) }),
    bad('a sibling missing', { proof: { siblings: siblings.slice(0, -1) } }),
    bad('a sibling too many', { proof: { siblings: [...siblings, good.root] } }),
    bad('siblings from the leaf up', { proof: { siblings: siblings.toReversed() } }),
    bad(
      'absence with another leaf',
      {
        proof: {
          ...absent.proof,
          other: {
            keyHash: flip(absent.proof.other?.keyHash ?? ''),
            valueHash: absent.proof.other?.valueHash ?? '',
          },
        },
      },
      absent,
    ),
    bad('absence without the other leaf', { proof: { siblings: absent.proof.siblings } }, absent),
    bad('absence as presence', { value: { count: 1, head: ZEROS } }, absent),
  ];
}

/** A tree in which a leaf stands off its own path, to hide another loan behind it. */
function misplaced(): MapCase {
  const candidates = Array.from({ length: 40 }, (_, i) => loanKey(`CZ-ABSENT-${i}`));
  const left = candidates.find((key) => (hash(key)[0] ?? 0) < 128);
  const right = candidates.find((key) => (hash(key)[0] ?? 0) >= 128);
  if (left === undefined || right === undefined) throw new Error('choose other loans');
  const leaf = mapLeaf(left, { count: 1, head: seeded('head') });
  const sibling = seeded('anything');
  return {
    name: 'a leaf standing where its own key does not lead',
    root: hex(
      hash(Uint8Array.of(1), sibling, hash(Uint8Array.of(0), leaf.keyHash, leaf.valueHash)),
    ),
    loanKey: hex(right),
    value: null,
    proof: { siblings: [hex(sibling)], other: leafHex(leaf) },
    valid: false,
  };
}

/** A map with a loan of no entries: a second way to say "absent", refused. */
function zeroCount(): MapCase {
  const key = loanKey('CZ-SAMPLE-0');
  const value = { count: 0, head: new Uint8Array(32) };
  return {
    ...mapCase('a loan with a count of 0', [mapLeaf(key, value)], key, value),
    valid: false,
  };
}

export function loanMapVectors() {
  const { keys, values, leaves } = sampleMap();
  const { atLeaf, atEmpty } = absentKeys(leaves);
  const members = keys.map((key, i) => mapCase(`loan ${i} of 12`, leaves, key, values[i]));
  const one = leaves.slice(0, 1);
  const absent = mapCase('absent: another leaf stands there', leaves, atLeaf);
  const { log, second } = sampleLog();
  const own = Object.entries(evidenceNumbers).map(([name, no]) =>
    mapCase(
      `sample log, loan ${name}`,
      second.mapLeaves,
      loanKey(no),
      log.heads.get(hex(loanKey(no))),
    ),
  );
  const accepted = [
    ...members,
    absent,
    mapCase('absent: an empty place', leaves, atEmpty),
    mapCase('absent from the empty map', [], atEmpty),
    mapCase('the only loan', one, keys[0] ?? atLeaf, values[0]),
    mapCase('absent beside the only loan', one, atLeaf),
    ...own,
  ];
  const map = keys.map((key, i) => ({
    loanKey: hex(key),
    count: i + 1,
    head: hex(seeded(`head ${i}`)),
  }));
  return {
    about: 'The loan map: presence, absence, one form only',
    map,
    root: sampleMap().root,
    cases: [
      ...accepted,
      ...alteredMap(members[3] ?? absent, absent),
      ...uncollapsed(),
      zeroCount(),
      misplaced(),
    ],
  };
}
