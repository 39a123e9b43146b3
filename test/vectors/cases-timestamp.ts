import { toHex } from '../../src/formats/bytes.ts';
import { leafHash, nodeHash } from '../../src/formats/merkle.ts';
import {
  archivedTimestamp,
  renewalStatement,
  stampedCheckpoint,
} from '../../src/formats/timestamp.ts';
import { sampleLog } from './sample-log.ts';

const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

/** What tokens are over, as texts: all of it is UTF-8. */
export function timestampVectors() {
  const { second } = sampleLog();
  const evidence = { tsa: 'tsa.example', token: 'MAMCAQE=', certificates: ['MAMCAQI='], crls: [] };
  const cosigned = `${second.note}— witness.example/w AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n`;
  const newest = stampedCheckpoint(second.note);
  const archived = archivedTimestamp(evidence);
  const root = nodeHash(leafHash(newest), leafHash(archived));
  return {
    about:
      'Time-stamp tokens: what is stamped, and what is stamped again before a certificate ends',
    stamped: [second.note, cosigned].map((checkpoint) => ({
      checkpoint,
      stamped: decode(stampedCheckpoint(checkpoint)),
    })),
    renewal: {
      checkpoint: second.note,
      evidence,
      archived: decode(archived),
      archivedLeaf: toHex(leafHash(archived)),
      root: toHex(root),
      statement: decode(renewalStatement(2, root)),
      index: 1,
      size: 2,
      path: [toHex(leafHash(newest))],
    },
  };
}
