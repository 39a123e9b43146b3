import { utf8 } from '../../src/formats/bytes.ts';
import { canonicalJson, type Json, parseJson } from '../../src/formats/jcs.ts';
import { encodePolicy } from '../../src/formats/policy.ts';
import { accept, edit, hex, reject, rejectBytes } from './case.ts';
import { hash } from './reference-tree.ts';
import { logKey, seeded } from './sample-log.ts';

/** RFC 8785: any JSON text and the one canonical text of its value. */
function canonicalisation() {
  const texts: [string, string][] = [
    ['members sorted, spaces gone', '{ "b": 1,\n "a": [ true, null ] }'],
    [
      'sorted by UTF-16 code units, not code points',
      '{"\u20ac":1,"\\r":2,"\ufb33":3,"1":4,"😀":5,"\u0080":6,"ö":7}',
    ],
    ['escapes: shortest form', '"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/"'],
    [
      'numbers as ECMAScript writes them',
      '[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001,-0,1e21,1e20]',
    ],
    ['whole numbers', '[0,1,9007199254740991,-9007199254740991,1.0,10e1]'],
    ['empty containers', '{"a":{},"b":[],"":""}'],
    ['a key named __proto__ is a key', '{"__proto__":{"x":1},"a":2}'],
    ['nothing is normalised: composed and decomposed e', '["\u00e9","e\u0301"]'],
    ['64 containers, one in another', `${'['.repeat(64)}${']'.repeat(64)}`],
  ];
  return texts.map(([name, input]) => {
    const canonical = canonicalJson(parseJson(input));
    return { name, input, canonical, sha256: hex(hash(utf8(canonical))) };
  });
}

export function jcsVectors() {
  const parse = [
    accept('an object', '{"a":1,"b":"x"}'),
    accept('a scalar', '0'),
    reject('a repeated key', '{"a":1,"a":1}', 'JSON_INVALID'),
    reject('a repeated key, once escaped', '{"a":1,"\\u0061":1}', 'JSON_INVALID'),
    reject('keys out of order', '{"b":1,"a":1}', 'JSON_NOT_CANONICAL'),
    reject('a space', '{"a": 1}', 'JSON_NOT_CANONICAL'),
    reject('a final newline', '{"a":1}\n', 'JSON_NOT_CANONICAL'),
    reject('1.0', '[1.0]', 'JSON_NOT_CANONICAL'),
    reject('minus zero', '[-0]', 'JSON_NOT_CANONICAL'),
    reject('a number too precise for a double', '[9007199254740993]', 'JSON_NOT_CANONICAL'),
    reject('a number beyond doubles', '[1e400]', 'JSON_INVALID'),
    reject('an escaped slash', '["\\/"]', 'JSON_NOT_CANONICAL'),
    reject('upper-case escape', '["\\u000F"]', 'JSON_NOT_CANONICAL'),
    reject('a lone surrogate', '["\\ud800"]', 'JSON_INVALID'),
    reject('65 containers', `${'['.repeat(65)}${']'.repeat(65)}`, 'JSON_TOO_DEEP'),
    reject('a byte order mark', '\ufeff{}', 'JSON_INVALID'),
    reject('nothing', '', 'JSON_INVALID'),
    rejectBytes('not UTF-8', Uint8Array.of(0x22, 0xff, 0x22), 'JSON_INVALID'),
    rejectBytes('overlong UTF-8', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22), 'JSON_INVALID'),
    rejectBytes('UTF-16', Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x7d, 0), 'JSON_INVALID'),
  ];
  return { about: 'RFC 8785 canonical JSON', canonicalisation: canonicalisation(), parse };
}

const registry = {
  name: '司法链',
  chainId: 20190,
  genesisHash: `0x${hex(seeded('genesis'))}`,
  address: '0x00000000000000000000000000000000000000Aa',
  codeHash: hex(seeded('code')),
  timeWeight: 'independent' as const,
};

const tsa = { name: '时间戳机构', sha256: hex(seeded('tsa root')) };
const ownTsa = { name: 'own', sha256: hex(seeded('own tsa root')), timeWeight: 'none' };
const stampedBy = (timestampsRequired: number) => ({ tsaRoots: [tsa, ownTsa], timestampsRequired });

export function policyVectors() {
  const text = encodePolicy({
    name: '示例法院',
    logs: [logKey.vkey],
    registries: [registry],
    anchorsRequired: 1,
    tsaRoots: [],
    signingRoots: [{ name: 'CFCA', sha256: hex(seeded('root')) }],
    courts: [{ name: '示例法院', thumbprint: 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs' }],
  });
  const value = JSON.parse(text) as Record<string, Json>;
  const change = (members: Record<string, Json>): string =>
    JSON.stringify({ ...value, ...members });
  const one = (members: Record<string, Json>): string =>
    change({ registries: [{ ...registry, ...members }] });
  const twin = { ...registry, name: 'twin', address: registry.address.toLowerCase() };
  const bad = 'POLICY_INVALID' as const;
  const parse = [
    accept('a policy', text),
    accept('member order and spaces are free', JSON.stringify(value)),
    accept('nobody trusted', change({ logs: [], registries: [], signingRoots: [], courts: [] })),
    reject('another version', change({ v: 2 }), bad),
    reject('a mistyped member', edit(text, '"anchorsRequired"', '"anchorRequired"'), bad),
    reject('an unknown member', change({ allowAll: true }), bad),
    reject('a log that is not text', change({ logs: [{ toString: 1 }] }), bad),
    reject('a log key with a wrong id', edit(text, logKey.keyId, '00000000'), 'NOTE_INVALID'),
    reject('one registry twice, in other letters', change({ registries: [registry, twin] }), bad),
    accept('a registry that must hold', one({ required: true })),
    accept('a registry that the log moved to and left again', one({ from: 7, until: 7 })),
    reject('a registry that ends before it begins', one({ from: 8, until: 7 }), bad),
    reject('"required" that is not true or false', one({ required: 'yes' }), bad),
    reject('"until" that is not a whole number', one({ until: -1 }), bad),
    accept('two authorities must stamp, one of them run by the lender', change(stampedBy(2))),
    reject('a negative number of time stamps', change(stampedBy(-1)), bad),
    reject('a root of an unknown weight', change({ tsaRoots: [{ ...tsa, timeWeight: 'x' }] }), bad),
    reject('an unknown time weight', edit(text, '"independent"', '"certain"'), bad),
    reject('a negative number of anchors', change({ anchorsRequired: -1 }), bad),
    reject('a thumbprint of the wrong length', edit(text, 'C9Xs"', 'C9X"'), bad),
    reject('a repeated member', edit(text, '"v": 1', '"v": 1, "v": 1'), 'JSON_INVALID'),
    reject('not an object', '[]', bad),
  ];
  return { about: 'Trust policy of a verifier', parse };
}
