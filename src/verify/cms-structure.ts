import { type DerNode, derAt, derChildren, expectNoMore, fail, readDer } from './der.ts';
import { oidOf, smallIntegerOf, TAG, timeOf } from './der-values.ts';

/** The fields of a CMS SignedData with one signer (RFC 5652 §5) that a verdict depends on. */
export interface SignedData {
  version: number;
  /** DER of every AlgorithmIdentifier in `digestAlgorithms`. */
  digestAlgorithms: DerNode[];
  contentType: string;
  /** Absent when the signature is detached. */
  content?: Uint8Array;
  certificates: Uint8Array[];
  /** Revocation lists are carried along; nothing in them is judged here. */
  hasRevocationLists: boolean;
  signer: SignerInfo;
}

export interface SignerInfo {
  version: number;
  issuerDer: Uint8Array;
  serialDer: Uint8Array;
  digestAlgorithm: DerNode;
  signatureAlgorithm: DerNode;
  signature: Uint8Array;
  /** What the signature is over: the attributes under the tag of a SET (RFC 5652 §5.4). */
  signedBytes: Uint8Array;
  /** By OID; each attribute stands once and has one value. */
  attributes: Map<string, DerNode>;
  unsignedAttributes: string[];
}

export const CMS_OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  algorithmProtection: '1.2.840.113549.1.9.52',
  signatureTimestamp: '1.2.840.113549.1.9.16.2.14',
  signingCertificate: '1.2.840.113549.1.9.16.2.12',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
} as const;

/** More certificates than any chain has would only cost time. */
const MAX_CERTIFICATES = 16;

/**
 * @throws DerError when the bytes are no SignedData, or one with none or several signers, or whose
 * signer is not named by issuer and serial number, or has no signed attributes
 */
export function parseSignedData(der: Uint8Array): SignedData {
  const info = derChildren(readDer(der, TAG.sequence));
  expectNoMore(info, 2);
  if (oidOf(derAt(info, 0, TAG.oid)) !== CMS_OID.signedData)
    fail('DER_UNEXPECTED', 'no SignedData');
  const wrapped = derChildren(derAt(info, 1, 0xa0));
  expectNoMore(wrapped, 1);
  const fields = derChildren(derAt(wrapped, 0, TAG.sequence));
  const digestAlgorithms = derChildren(derAt(fields, 1, TAG.set));
  const rest = fields.slice(3);
  const certificates = takeOptional(rest, 0xa0);
  const lists = takeOptional(rest, 0xa1);
  const signers = derChildren(derAt(rest, 0, TAG.set));
  expectNoMore(rest, 1);
  expectNoMore(certificates, MAX_CERTIFICATES);
  expectNoMore(signers, 1);
  return {
    version: smallIntegerOf(derAt(fields, 0, TAG.integer)),
    digestAlgorithms,
    ...parseContent(derAt(fields, 2, TAG.sequence)),
    certificates: certificates.map((node) => node.der),
    hasRevocationLists: lists.length > 0,
    signer: parseSigner(derAt(signers, 0, TAG.sequence)),
  };
}

function takeOptional(fields: DerNode[], tag: number): DerNode[] {
  const first = fields[0];
  if (first?.tag !== tag) return [];
  fields.shift();
  return derChildren(first);
}

function parseContent(node: DerNode): { contentType: string; content?: Uint8Array } {
  const fields = derChildren(node);
  expectNoMore(fields, 2);
  const contentType = oidOf(derAt(fields, 0, TAG.oid));
  if (fields.length === 1) return { contentType };
  const wrapped = derChildren(derAt(fields, 1, 0xa0));
  expectNoMore(wrapped, 1);
  return { contentType, content: derAt(wrapped, 0, TAG.octetString).content };
}

function parseSigner(node: DerNode): SignerInfo {
  const fields = derChildren(node);
  const identity = derChildren(derAt(fields, 1, TAG.sequence));
  expectNoMore(identity, 2);
  const signed = derAt(fields, 3, 0xa0);
  const unsigned = fields.slice(6);
  expectNoMore(unsigned, 1);
  const signedBytes = signed.der.slice();
  signedBytes[0] = TAG.set;
  return {
    version: smallIntegerOf(derAt(fields, 0, TAG.integer)),
    issuerDer: derAt(identity, 0, TAG.sequence).der,
    serialDer: derAt(identity, 1, TAG.integer).der,
    digestAlgorithm: derAt(fields, 2, TAG.sequence),
    signedBytes,
    attributes: parseAttributes(derChildren(signed)),
    signatureAlgorithm: derAt(fields, 4, TAG.sequence),
    signature: derAt(fields, 5, TAG.octetString).content,
    unsignedAttributes: takeOptional(unsigned, 0xa1).map((attribute) => attributeOid(attribute)),
  };
}

const attributeOid = (attribute: DerNode): string =>
  oidOf(derAt(derChildren(attribute), 0, TAG.oid));

function parseAttributes(list: DerNode[]): Map<string, DerNode> {
  const attributes = new Map<string, DerNode>();
  for (const attribute of list) {
    const fields = derChildren(attribute);
    expectNoMore(fields, 2);
    const oid = oidOf(derAt(fields, 0, TAG.oid));
    const values = derChildren(derAt(fields, 1, TAG.set));
    const value = values[0];
    if (value === undefined || values.length !== 1 || attributes.has(oid)) {
      return fail('DER_UNEXPECTED', `attribute ${oid} with not exactly one value`);
    }
    attributes.set(oid, value);
  }
  return attributes;
}

/** The signer's own word about when the signature was made; nothing proves it. */
export function signingTimeOf(signer: SignerInfo): Date | undefined {
  const value = signer.attributes.get(CMS_OID.signingTime);
  return value === undefined ? undefined : timeOf(value);
}
