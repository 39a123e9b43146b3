import { resolve } from 'node:path';
import { CodedError } from './formats/errors.ts';

export class ConfigError extends CodedError<'CONFIG_INVALID'> {}

/** Settings of one process. The only place that reads the environment. */
export interface Config {
  /** Everything the service keeps. */
  dataFolder: string;
  /** Where templates and profiles of this version lie. */
  projectFolder: string;
  /** HTTP API; 0 takes a free port. */
  port: number;
  /** JSON-RPC of the embedded chain, loopback only. */
  rpcPort: number;
  /** Name of the lender, written into statements and the signing certificate at the first start. */
  lender: string;
  /** Log origin for a new installation; a random one when absent. */
  origin: string | undefined;
  maxFileBytes: number;
  /** Days that a loan's records must be kept after its last deposit; see docs/privacy.md. */
  retentionDays: number;
  /** Seconds between checkpoints while something was deposited. */
  checkpointSeconds: number;
}

function number(name: string, fallback: number, env: NodeJS.ProcessEnv): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  const what = `${name} must be a whole number from 0, got ${JSON.stringify(text)}`;
  throw new ConfigError('CONFIG_INVALID', what, 'Correct the variable, or leave it unset.');
}

/** @throws ConfigError naming the variable that is wrong */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  return {
    dataFolder: resolve(env.CUNZHENG_DATA || './data'),
    projectFolder: resolve(import.meta.dirname, '..'),
    port: number('CUNZHENG_PORT', 8400, env),
    rpcPort: number('CUNZHENG_RPC_PORT', 8545, env),
    lender: env.CUNZHENG_LENDER || '示例贷款机构 (Example Lender)',
    origin: env.CUNZHENG_ORIGIN || undefined,
    maxFileBytes: number('CUNZHENG_MAX_FILE_BYTES', 2 ** 31, env),
    retentionDays: number('CUNZHENG_RETENTION_DAYS', 3653, env),
    checkpointSeconds: number('CUNZHENG_CHECKPOINT_SECONDS', 10, env),
  };
}

/** Settings of a court's process; a court shares no folder with a lender. */
export interface CourtSettings {
  dataFolder: string;
  name: string;
  port: number;
  /** Each `URL` or `NAME=URL`. */
  rpcUrls: string[];
}

/** @throws ConfigError naming the variable that is wrong */
export function readCourtSettings(env: NodeJS.ProcessEnv = process.env): CourtSettings {
  return {
    dataFolder: resolve(env.CUNZHENG_COURT_DATA || './court-data'),
    name: env.CUNZHENG_COURT_NAME || '示例法院 (Example Court)',
    port: number('CUNZHENG_COURT_PORT', 8500, env),
    rpcUrls: (env.CUNZHENG_COURT_RPC ?? '').split(/\s+/).filter((text) => text !== ''),
  };
}
