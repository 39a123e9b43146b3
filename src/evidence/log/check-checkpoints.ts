import { equalBytes, fromHex, toHex, utf8 } from '../../formats/bytes.ts';
import { parseCheckpoint } from '../../formats/checkpoint.ts';
import { parseEntry } from '../../formats/entry.ts';
import { EMPTY_MAP } from '../../formats/loan-map.ts';
import { checkNote, parseVerifierKey } from '../../formats/note.ts';
import { tilePath, tilesOf } from '../../formats/tile.ts';
import { updateLoanMap } from '../map/update-loan-map.ts';
import type { CheckpointRow, EvidenceStore, TileFiles } from '../ports.ts';
import { bundles, CHECKPOINT_PATH, changedLoans } from './publish-checkpoint.ts';
import { TileTree } from './tile-tree.ts';

export interface CheckpointPorts {
  store: EvidenceStore;
  tiles: TileFiles;
  vkey: string;
}

/** The message of anything thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Tiles that a recomputation made, in memory: what the files on disk are compared with. */
function memoryTiles(files: Map<string, Uint8Array>): TileFiles {
  return {
    write: async (added) => {
      for (const { path, bytes } of added) files.set(path, bytes);
    },
    read: async (path) => files.get(path),
    list: async () => [...files.keys()],
  };
}

/**
 * Recomputes map, tree and files of every checkpoint in order, and compares signature, roots and
 * every published file.
 * @returns number of files read
 */
export async function checkCheckpoints(
  ports: CheckpointPorts,
  checkpoints: CheckpointRow[],
  findings: string[],
): Promise<number> {
  const expected = new Map<string, Uint8Array>();
  const nodes = new Map<string, Uint8Array>();
  let state = { size: 0, mapRoot: EMPTY_MAP };
  try {
    for (const checkpoint of checkpoints) {
      findings.push(...signatureFindings(checkpoint, ports.vkey));
      state = await recompute(ports.store, state, checkpoint, { expected, nodes, findings });
    }
  } catch (error) {
    findings.push(`the tree after entry ${state.size} cannot be recomputed: ${messageOf(error)}`);
  }
  for (const hash of nodes.keys()) {
    if ((await ports.store.mapNode(hash)) !== undefined) continue;
    findings.push(`evidence.db: table map_nodes: the node ${hash} is missing`);
  }
  const last = checkpoints.at(-1);
  if (last !== undefined) expected.set(CHECKPOINT_PATH, utf8(last.note));
  return compareFiles(ports.tiles, expected, last?.size ?? 0, findings);
}

function signatureFindings(checkpoint: CheckpointRow, vkey: string): string[] {
  const name = `evidence.db: table checkpoints: size ${checkpoint.size}`;
  try {
    const head = parseCheckpoint(checkpoint.note);
    const signature = checkNote(head.note, parseVerifierKey(vkey));
    const sound = signature === 'valid' && head.size === checkpoint.size;
    return sound ? [] : [`${name}: the signature is ${signature}`];
  } catch (error) {
    return [`${name}: ${messageOf(error)}`];
  }
}

async function recompute(
  store: EvidenceStore,
  before: { size: number; mapRoot: Uint8Array },
  { size, note, mapRoot }: CheckpointRow,
  made: { expected: Map<string, Uint8Array>; nodes: Map<string, Uint8Array>; findings: string[] },
): Promise<{ size: number; mapRoot: Uint8Array }> {
  const changes = await changedLoans(store, before.size, size - 1);
  const map = await updateLoanMap(before.mapRoot, changes, async (hash) => made.nodes.get(hash));
  for (const [hash, node] of map.nodes) made.nodes.set(hash, node);
  const files = memoryTiles(made.expected);
  const tree = await new TileTree(files, store).grow(before.size, size);
  await files.write([...tree.files, ...(await bundles(store, before.size, size))]);
  const [row] = await store.readEntries(size - 1, size);
  const entry = row === undefined ? undefined : parseEntry(row.data);
  const stated = entry?.type === 'map' && entry.covers === size - 1 ? entry.root : undefined;
  if (stated !== toHex(map.root) || !equalBytes(fromHex(mapRoot), map.root)) {
    made.findings.push(`checkpoint of size ${size}: its loan map is not the one of its entries`);
  }
  if (!equalBytes(tree.root, parseCheckpoint(note).root)) {
    made.findings.push(`checkpoint of size ${size}: its root is not the one of its entries`);
  }
  return { size, mapRoot: map.root };
}

/** Compares every published file with what the entries give; names strangers and gaps too. */
async function compareFiles(
  tiles: TileFiles,
  expected: Map<string, Uint8Array>,
  size: number,
  findings: string[],
): Promise<number> {
  const required = new Set(size === 0 ? [] : [CHECKPOINT_PATH, ...tilesOf(size).map(tilePath)]);
  const found = await tiles.list();
  for (const path of found) {
    const right = expected.get(path);
    const bytes = await tiles.read(path);
    if (right === undefined) findings.push(`log/${path}: does not belong to the log`);
    else if (!bytes || !equalBytes(bytes, right)) findings.push(`log/${path}: was changed`);
    required.delete(path);
  }
  for (const path of required) findings.push(`log/${path}: is missing`);
  return found.length;
}
