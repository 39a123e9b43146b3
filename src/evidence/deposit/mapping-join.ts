import { RowError } from './mapping-errors.ts';
import type { JoinSpec } from './mapping-profile.ts';
import { type ColumnRef, cellText, type RowScope } from './mapping-scope.ts';
import type { Cell, TableFile, TableRow } from './ports.ts';

/** The rows of a joined file by key, held in memory: one entry a row. */
export type JoinIndex = Map<string, readonly Cell[] | 'ambiguous'>;

/** A join of a step, ready for its rows. */
export interface CompiledJoin {
  name: string;
  spec: JoinSpec;
  key: ColumnRef;
  where: ((row: RowScope) => boolean) | undefined;
  on: (row: RowScope) => string | undefined;
  index: JoinIndex;
}

const ownRow = (cells: readonly Cell[]): RowScope => ({
  cells: (slot) => (slot === 0 ? cells : undefined),
  has: (slot) => slot === 0,
});

/**
 * Reads a joined file into its index. Rows that cannot be read are handed to `reject`, once; two
 * rows of one key make that key ambiguous, and asking for it fails rather than picks one.
 */
export async function fillIndex(
  join: CompiledJoin,
  table: TableFile,
  reject: (row: TableRow, error: RowError) => void,
): Promise<void> {
  for await (const row of table.rows()) {
    try {
      if (row.problem !== undefined) throw new RowError('ROW_MALFORMED', row.problem);
      const scope = ownRow(row.cells);
      if (join.where !== undefined && !join.where(scope)) continue;
      const key = cellText(scope, join.key);
      if (key === undefined) continue;
      join.index.set(key, join.index.has(key) ? 'ambiguous' : row.cells);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      reject(row, error);
    }
  }
}

/** A row of a step with its joins, each looked up at most once and only when asked for. */
export class JoinedRow implements RowScope {
  readonly #own: readonly Cell[];
  readonly #joins: readonly CompiledJoin[];
  readonly #found: (readonly Cell[] | undefined)[] = [];

  constructor(own: readonly Cell[], joins: readonly CompiledJoin[]) {
    this.#own = own;
    this.#joins = joins;
  }

  /** @throws RowError JOIN_MISSING for a required join without a row, JOIN_AMBIGUOUS */
  cells(slot: number): readonly Cell[] | undefined {
    if (slot === 0) return this.#own;
    if (!(slot in this.#found)) this.#found[slot] = this.#lookUp(slot);
    return this.#found[slot];
  }

  has(slot: number): boolean {
    const join = this.#joins[slot - 1];
    const key = join?.on(this);
    return key !== undefined && join?.index.has(key) === true;
  }

  #lookUp(slot: number): readonly Cell[] | undefined {
    const join = this.#joins[slot - 1];
    if (join === undefined) return undefined;
    const key = join.on(this);
    const found = key === undefined ? undefined : join.index.get(key);
    const column = { column: join.key.label, ...(key !== undefined && { value: key }) };
    if (found === 'ambiguous') {
      const message = `join "${join.name}": several rows of "${join.spec.file}" have this key`;
      throw new RowError('JOIN_AMBIGUOUS', message, column);
    }
    if (found === undefined && join.spec.required) {
      const message = `join "${join.name}": no row of "${join.spec.file}" has this key`;
      throw new RowError('JOIN_MISSING', message, column);
    }
    return found;
  }
}
