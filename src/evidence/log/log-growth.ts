import { setImmediate as nextTurn } from 'node:timers/promises';
import { leafHash } from '../../formats/merkle.ts';
import { encodeBundle, TILE_WIDTH, tilePath } from '../../formats/tile.ts';
import type { EvidenceStore, TileFiles } from '../ports.ts';
import { type LogFile, TileTree, type TreeGrowth } from './tile-tree.ts';

/** Files that are made before they are written together; bounds the memory. */
const FILES_AT_ONCE = 64;

interface GrowthPorts {
  store: Pick<EvidenceStore, 'readData' | 'leafHashes'>;
  tiles: TileFiles;
}

/** Grows the published log from one checkpoint to the next: tiles and entry bundles. */
export class LogGrowth {
  readonly #ports: GrowthPorts;
  readonly #tree: TreeGrowth;
  /** First leaf that is in no full tile yet. */
  #at: number;
  #waiting: LogFile[] = [];
  written = 0;

  private constructor(ports: GrowthPorts, tree: TreeGrowth, at: number) {
    this.#ports = ports;
    this.#tree = tree;
    this.#at = at;
  }

  static async from(ports: GrowthPorts, size: number): Promise<LogGrowth> {
    const tree = await new TileTree(ports.tiles, ports.store).growth(size);
    return new LogGrowth(ports, tree, size - (size % TILE_WIDTH));
  }

  /** Writes the tiles and bundles that are full with the first `size` leaves. */
  async writeFull(size: number): Promise<void> {
    while (this.#at + TILE_WIDTH <= size) {
      await this.#addNext(TILE_WIDTH);
      if (this.#waiting.length < FILES_AT_ONCE) continue;
      await this.#flush();
      // Requests of the same thread come between.
      await nextTurn();
    }
    await this.#flush();
  }

  /**
   * Takes in the leaves up to `size` and one that is not written yet; nothing is written.
   * @returns the root of the tree over them
   */
  async close(size: number, pending?: Uint8Array): Promise<Uint8Array> {
    const end = pending === undefined ? size : size + 1;
    while (this.#at < end) {
      const count = Math.min(TILE_WIDTH, end - this.#at);
      await this.#addNext(count, pending);
      if (count < TILE_WIDTH) break;
    }
    return this.#tree.root();
  }

  /** After the commit: what `close` took in, and the unfinished tiles. */
  async writePartial(): Promise<void> {
    this.#waiting.push(...this.#tree.partialTiles());
    await this.#flush();
  }

  async #addNext(count: number, pending?: Uint8Array): Promise<void> {
    const data = await this.#ports.store.readData(this.#at, this.#at + count);
    if (data.length < count && pending !== undefined) data.push(pending);
    const id = { index: this.#at / TILE_WIDTH, width: data.length };
    const bundle = { path: tilePath({ level: 'entries', ...id }), bytes: encodeBundle(data) };
    this.#waiting.push(bundle, ...this.#tree.addLeaves(data.map(leafHash)));
    if (count === TILE_WIDTH) this.#at += TILE_WIDTH;
  }

  async #flush(): Promise<void> {
    await this.#ports.tiles.write(this.#waiting);
    this.written += this.#waiting.length;
    this.#waiting = [];
  }
}
