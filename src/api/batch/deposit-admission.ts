import { ApiError } from '../errors.ts';
import type { ApiLimits } from '../limits.ts';

/**
 * Counts the single deposits under way. Beyond the limit a depositor is turned away at once, before
 * the body is read: waiting requests would take memory until there is none, and would be answered
 * when their senders have given up.
 */
export class DepositAdmission {
  readonly #limits: Pick<ApiLimits, 'depositsInFlight' | 'depositBytesInFlight'>;
  #deposits = 0;
  #bytes = 0;

  constructor(limits: Pick<ApiLimits, 'depositsInFlight' | 'depositBytesInFlight'>) {
    this.#limits = limits;
  }

  /**
   * @param bytes that the deposit may hold in memory
   * @returns to be called once, when it is done
   * @throws ApiError SERVICE_BUSY
   */
  enter(bytes: number): () => void {
    const { depositsInFlight, depositBytesInFlight } = this.#limits;
    // One alone always passes, however large it is allowed to be.
    const fits = this.#deposits === 0 || this.#bytes + bytes <= depositBytesInFlight;
    if (this.#deposits >= depositsInFlight || !fits) {
      const what = `${this.#deposits} deposits are under way already`;
      throw new ApiError('SERVICE_BUSY', what, 'Send it again after the time in Retry-After.');
    }
    this.#deposits += 1;
    this.#bytes += bytes;
    return () => {
      this.#deposits -= 1;
      this.#bytes -= bytes;
    };
  }
}
