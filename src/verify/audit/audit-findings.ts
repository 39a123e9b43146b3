import type { CheckId, Reason, ReportBuilder } from '../report.ts';

/** Told one by one; beyond that their number is. */
const SHOWN = 20;

/** Collects what an audit finds wrong, without drowning the reader in one cause's consequences. */
export class AuditFindings {
  readonly #report: ReportBuilder;
  readonly #failed = new Map<CheckId, number>();
  /** Tiles compared. */
  tiles = 0;

  constructor(report: ReportBuilder) {
    this.#report = report;
  }

  fail(id: CheckId, reason: Reason, subject: string, detail?: string): void {
    const count = (this.#failed.get(id) ?? 0) + 1;
    this.#failed.set(id, count);
    if (count > SHOWN) return;
    this.#report.add(id, 'failed', reason, {
      subject,
      ...(detail === undefined ? {} : { detail }),
    });
  }

  /** Closes a check: passed when nothing was found, else how much was left untold. */
  close(id: CheckId, reason: Reason, detail: string): void {
    const count = this.#failed.get(id) ?? 0;
    if (count === 0) this.#report.add(id, 'passed', 'OK', { detail });
    else if (count > SHOWN) this.#report.add(id, 'failed', reason, { detail: `+${count - SHOWN}` });
  }

  get any(): boolean {
    return this.#failed.size > 0;
  }
}
