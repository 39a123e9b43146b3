import { equalBytes, toHex, utf8 } from '../../formats/bytes.ts';
import { parseCheckpoint } from '../../formats/checkpoint.ts';
import type { CheckpointRow, EvidenceStore, TileFiles } from '../ports.ts';
import { messageOf, signatureFindings } from './check-checkpoints.ts';
import { CHECKPOINT_PATH } from './publish-checkpoint.ts';
import { TileTree } from './tile-tree.ts';

interface QuickCheckPorts {
  store: EvidenceStore;
  tiles: TileFiles;
  vkey: string;
}

/**
 * What a start can know in seconds, however large the log is: the tables are as they were made, the
 * last checkpoint is signed and published, tiles and map lead to the roots that it states, and no
 * entry that it covers or that was ever indexed is missing at the end. Bytes inside older entries
 * and tiles are for the full check.
 * @returns one line a finding
 */
export async function quickCheck(ports: QuickCheckPorts): Promise<string[]> {
  const { store } = ports;
  const findings = await store.checkIntegrity({ quick: true });
  const last = await store.latestCheckpoint();
  if (last === undefined) return findings;
  findings.push(...signatureFindings(last, ports.vkey));
  const size = await store.treeSize();
  if (last.size > size) {
    return [...findings, `evidence.db: table entries: ${size} of ${last.size} entries are there`];
  }
  try {
    findings.push(...(await headFindings(ports, last)));
  } catch (error) {
    findings.push(`checkpoint of size ${last.size}: ${messageOf(error)}`);
  }
  return findings;
}

async function headFindings(
  { store, tiles }: QuickCheckPorts,
  last: CheckpointRow,
): Promise<string[]> {
  const findings: string[] = [];
  const published = await tiles.read(CHECKPOINT_PATH);
  if (!published || !equalBytes(published, utf8(last.note))) {
    findings.push(`log/${CHECKPOINT_PATH}: is not the last checkpoint`);
  }
  const root = await new TileTree(tiles, store).rootAt(last.size);
  if (!equalBytes(root, parseCheckpoint(last.note).root)) {
    findings.push(`checkpoint of size ${last.size}: its root is not the one of the log's tiles`);
  }
  if (toHex(await store.mapRoot(last.size)) !== last.mapRoot) {
    findings.push(`index.db: the loan map is not the one of checkpoint ${last.size}`);
  }
  return findings;
}
