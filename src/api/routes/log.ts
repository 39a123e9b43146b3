import { parseCheckpoint } from '../../formats/checkpoint.ts';
import { parseWitnessKey } from '../../formats/cosignature.ts';
import { FormatError } from '../../formats/errors.ts';
import { FieldReader } from '../../formats/fields.ts';
import { parseJson } from '../../formats/jcs.ts';
import { parseTilePath } from '../../formats/tile.ts';
import { mediaTypeOf, readBody } from '../body.ts';
import { ApiError } from '../errors.ts';
import type { Exchange } from '../exchange.ts';
import { pathText, refuseQuery } from '../schemas/parameters.ts';

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

/**
 * POST /v1/log/cosignatures: an auditor hands a cosigned checkpoint back, with the verifier key that
 * it verifies under. From then on the published checkpoint and every proof of it carry the line.
 */
export async function postCosignature(exchange: Exchange): Promise<void> {
  const { request, response, services, limits } = exchange;
  refuseQuery(request);
  if (mediaTypeOf(request) !== 'application/json') {
    const remedy = 'Send {"witness", "note"} as application/json.';
    throw new ApiError('MEDIA_TYPE_UNSUPPORTED', 'not a JSON body', remedy);
  }
  const { note, witness } = readCosignature(await readBody(exchange, limits.jsonBytes));
  const { size, added } = await services.evidence.addCosignature(note, witness);
  exchange.log('cosignature.added', { size, added });
  response.status(added > 0 ? 201 : 200).json({ size, added });
}

/** What a client sent malformed is the client's, not damage of the service's own notes. */
function readCosignature(bytes: Uint8Array) {
  try {
    const body = new FieldReader(parseJson(bytes), 'NOTE_INVALID', 'cosignature');
    const witness = parseWitnessKey(body.text('witness', 1000));
    const note = body.text('note', 1 << 20);
    body.end();
    parseCheckpoint(note);
    return { note, witness };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new ApiError('REQUEST_INVALID', error.message, error.remedy);
  }
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
  const what = parseTilePath(path) === undefined ? 'no such file' : `no file ${path}`;
  return new ApiError('FILE_UNKNOWN', what, 'Ask for the tiles of a published checkpoint.');
}
