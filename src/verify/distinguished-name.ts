import { type DerNode, derAt, derChildren, expectNoMore } from './der.ts';
import { oidOf, TAG } from './der-values.ts';

const SHORT_NAMES: Record<string, string> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'title',
  '2.5.4.42': 'GN',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'E',
};

/**
 * A name as people read it: RFC 4514 §2, most specific part first. Control and direction marks
 * are escaped, so that a name cannot pretend on a screen to be another one.
 */
export function distinguishedName(name: DerNode): string {
  const parts = derChildren(name).map((set) =>
    derChildren(set)
      .map((pair) => attributeText(pair))
      .join('+'),
  );
  return parts.reverse().join(',');
}

function attributeText(pair: DerNode): string {
  const fields = derChildren(pair);
  expectNoMore(fields, 2);
  const oid = oidOf(derAt(fields, 0, TAG.oid));
  const value = fields[1];
  const text = value === undefined ? '' : stringOf(value);
  return `${SHORT_NAMES[oid] ?? oid}=${escaped(text)}`;
}

/** DirectoryString and IA5String by their tags (X.680 §41); anything else as a placeholder. */
function stringOf(node: DerNode): string {
  switch (node.tag) {
    case 0x0c:
      return new TextDecoder('utf-8').decode(node.content);
    case 0x1e:
      return new TextDecoder('utf-16be').decode(node.content);
    case 0x12:
    case 0x13:
    case 0x14:
    case 0x16:
      return new TextDecoder('latin1').decode(node.content);
    default:
      return `(type 0x${node.tag.toString(16)})`;
  }
}

function escaped(text: string): string {
  return text
    .replace(/[,+"\\<>;=]/g, '\\$&')
    .replace(/^[ #]| $/g, '\\$&')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (mark) => `\\u{${mark.codePointAt(0)?.toString(16)}}`);
}
