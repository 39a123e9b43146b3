import type { Anchorer, AnchorReport } from './anchor-checkpoints.ts';
import type { AnchorItem } from './ports.ts';

/** One target of a fleet. */
export interface FleetMember {
  anchorer: Anchorer;
  /** Runs in this process and answers at once; the others are never waited for longer than asked. */
  inProcess: boolean;
  open(): Promise<AnchorItem[]>;
}

/**
 * All targets of an installation. Each has its own outbox rows and its own turn: one that is down,
 * slow or lying delays no other.
 */
export class AnchorFleet {
  readonly #members = new Map<string, FleetMember>();
  readonly #last = new Map<string, AnchorReport>();
  readonly #running = new Map<string, Promise<void>>();
  readonly #wait: (milliseconds: number) => Promise<unknown>;

  constructor(wait: (milliseconds: number) => Promise<unknown>) {
    this.#wait = wait;
  }

  add(member: FleetMember): void {
    this.#members.set(member.anchorer.target, member);
  }

  remove(target: string): void {
    this.#members.delete(target);
    this.#last.delete(target);
  }

  targets(): string[] {
    return [...this.#members.keys()];
  }

  /** Wants a checkpoint anchored by every target; only writes to the outbox. */
  async enqueue(checkpoint: { size: number; root: string }): Promise<void> {
    for (const { anchorer } of this.#members.values()) await anchorer.enqueue(checkpoint);
  }

  /**
   * One look at every chain. Those in this process are waited for; the others for `waitMs` at most,
   * all together, and go on by themselves after that.
   * @returns what is known of each target now
   */
  async tick(waitMs: number): Promise<AnchorReport[]> {
    const remote: Promise<void>[] = [];
    for (const member of this.#members.values()) {
      if (!member.inProcess) remote.push(this.#turn(member).catch(() => undefined));
    }
    await this.tickInProcess();
    if (waitMs > 0 && remote.length > 0) {
      await Promise.race([Promise.all(remote), this.#wait(waitMs)]);
    }
    return this.reports();
  }

  /** One look at the chains in this process alone. */
  async tickInProcess(): Promise<void> {
    for (const member of this.#members.values()) if (member.inProcess) await this.#turn(member);
  }

  /** Whether some target was never looked at by this process. */
  hasUnseen(): boolean {
    return this.targets().some((target) => !this.#last.has(target));
  }

  /** What the last look at each target found; WORKING before the first has come back. */
  async reports(): Promise<AnchorReport[]> {
    const out: AnchorReport[] = [];
    for (const [target, member] of this.#members) {
      const open = await member.open();
      const last = this.#last.get(target) ?? { state: 'WORKING', reason: null, head: null };
      // A look that is under way has not seen what was wanted since.
      const state = last.state === 'IDLE' && open.length > 0 ? 'WORKING' : last.state;
      out.push({ ...last, target, state, open });
    }
    return out;
  }

  /**
   * A target whose chain holds a head that our own key anchored and that this log does not have:
   * nothing may be signed from here, or the log would fork.
   */
  contradiction(): AnchorReport | undefined {
    const known = [...this.#last.values()];
    return known.find(({ reason }) => reason?.code === 'LOG_CONTRADICTS_CHAIN');
  }

  /** Waits for the turns that are under way, `waitMs` at most. */
  async settle(waitMs: number): Promise<void> {
    const running = [...this.#running.values()].map((turn) => turn.catch(() => undefined));
    if (running.length > 0) await Promise.race([Promise.all(running), this.#wait(waitMs)]);
  }

  /** A turn that is under way is joined and not begun anew. */
  #turn({ anchorer }: FleetMember): Promise<void> {
    const { target } = anchorer;
    const running = this.#running.get(target);
    if (running !== undefined) return running;
    const turn = anchorer
      .tick()
      .then((report) => {
        if (this.#members.has(target)) this.#last.set(target, report);
      })
      .finally(() => this.#running.delete(target));
    this.#running.set(target, turn);
    // Whoever does not wait for it must not end the process with it.
    turn.catch(() => undefined);
    return turn;
  }
}
