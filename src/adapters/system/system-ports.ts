import { randomBytes } from 'node:crypto';
import type { Clock, RandomSource } from '../../evidence/ports.ts';

/** The machine's clock. */
export const systemClock: Clock = { now: () => new Date() };

/** The operating system's random generator. */
export const systemRandom: RandomSource = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
};
