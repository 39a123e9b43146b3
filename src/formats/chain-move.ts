import { FieldReader } from './fields.ts';
import { canonicalJson, type Json, parseCanonical } from './jcs.ts';

/** A registry on a chain, by everything that tells it from others. */
export interface RegistryPlace {
  /** Name of the target in the lender's configuration. */
  target: string;
  chainId: number;
  /** 0x-prefixed. */
  genesisHash: string;
  /** 0x address of the registry. */
  registry: string;
  /** SHA-256 of the registry's runtime code, hex. */
  codeHash: string;
}

/** The log's last confirmed head on the chain that it leaves. */
export interface LeftHead {
  size: number;
  /** Hex. */
  root: string;
  blockNumber: number;
  /** 0x-prefixed. */
  blockHash: string;
}

/** A log leaves one chain and goes on on another: the text of a note entry. */
export interface ChainMove {
  from: RegistryPlace;
  /** Absent when the log had no confirmed head there. */
  head?: LeftHead;
  to: RegistryPlace;
}

const HASH = /^0x[0-9a-f]{64}$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** The note's text: RFC 8785 JSON (docs/formats/chain-move.md). */
export function encodeChainMove({ from, head, to }: ChainMove): string {
  const members: Record<string, Json> = {
    v: 1,
    type: 'chain-move',
    from: { ...from },
    to: { ...to },
  };
  return canonicalJson(head === undefined ? members : { ...members, head: { ...head } });
}

/** @throws FormatError ENTRY_INVALID, JSON_INVALID, JSON_NOT_CANONICAL */
export function parseChainMove(text: string): ChainMove {
  const read = new FieldReader(parseCanonical(text), 'ENTRY_INVALID', 'chain move');
  read.constant('v', 1);
  read.constant('type', 'chain-move');
  const head = read.optionalJson('head');
  const move = { from: parsePlace(read.json('from')), to: parsePlace(read.json('to')) };
  read.end();
  return head === undefined ? move : { ...move, head: parseHead(head) };
}

function parsePlace(value: Json): RegistryPlace {
  const read = new FieldReader(value, 'ENTRY_INVALID', 'place of a chain move');
  const place = {
    target: read.text('target', 64),
    chainId: read.count('chainId'),
    genesisHash: read.matching('genesisHash', HASH, 'a 32-byte hash with 0x'),
    registry: read.matching('registry', ADDRESS, 'an address with 0x'),
    codeHash: read.hash('codeHash'),
  };
  read.end();
  return place;
}

function parseHead(value: Json): LeftHead {
  const read = new FieldReader(value, 'ENTRY_INVALID', 'head of a chain move');
  const head = {
    size: read.count('size'),
    root: read.hash('root'),
    blockNumber: read.count('blockNumber'),
    blockHash: read.matching('blockHash', HASH, 'a 32-byte hash with 0x'),
  };
  read.end();
  return head;
}
