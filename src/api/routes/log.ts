import { parseTilePath } from '../../formats/tile.ts';
import { ApiError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { pathText } from '../schemas/parameters.ts';

const IMMUTABLE = 'max-age=31536000, immutable';

/** GET /log/checkpoint: the latest signed tree head (C2SP tlog-tiles, tlog-checkpoint). */
export async function getCheckpoint(exchange: Exchange): Promise<void> {
  const bytes = await logFile(exchange, 'checkpoint');
  exchange.response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  exchange.response.setHeader('Cache-Control', 'public, no-cache');
  exchange.response.end(bytes);
}

/** GET /log/tile/<L>/<N>[.p/<W>]: hashes only, open to everybody. */
export async function getTile(exchange: Exchange): Promise<void> {
  const path = `tile/${pathText(exchange.request, 'level')}/${pathText(exchange.request, 'path')}`;
  const id = parseTilePath(path);
  // Parsed and not compared as text: "%65ntries" must not open the auditors' bundles.
  if (id === undefined || id.level === 'entries') throw unknownFile(path);
  await sendTile(exchange, path, `public, ${IMMUTABLE}`);
}

/** GET /log/tile/entries/<N>[.p/<W>]: the entries themselves, for auditors. */
export async function getBundle(exchange: Exchange): Promise<void> {
  const path = `tile/entries/${pathText(exchange.request, 'path')}`;
  if (parseTilePath(path) === undefined) throw unknownFile(path);
  await sendTile(exchange, path, `private, ${IMMUTABLE}`);
}

async function sendTile(exchange: Exchange, path: string, caching: string): Promise<void> {
  const bytes = await logFile(exchange, path);
  exchange.response.setHeader('Content-Type', 'application/octet-stream');
  exchange.response.setHeader('Cache-Control', caching);
  exchange.response.setHeader('Vary', 'Authorization');
  exchange.response.end(bytes);
}

async function logFile({ services }: Exchange, path: string): Promise<Uint8Array> {
  const bytes = await services.evidence.logFile(path);
  if (bytes === undefined) throw unknownFile(path);
  return bytes;
}

function unknownFile(path: string): ApiError {
  const what = `no file ${path.slice(0, 80)}`;
  return new ApiError('FILE_UNKNOWN', what, 'Ask for the tiles of a published checkpoint.');
}
