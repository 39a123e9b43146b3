import { expect } from 'chai';
import { describe, it } from 'mocha';
import type { SignatureCheckRecord } from '../../../src/claim/records.ts';
import { utf8 } from '../../../src/formats/bytes.ts';
import { sha256Hex } from '../../../src/formats/digest.ts';
import type { Json } from '../../../src/formats/jcs.ts';
import type { Kind } from '../../../src/formats/taxonomy.ts';
import { assessReadiness } from '../../../src/litigation/matter/assess-readiness.ts';
import { checkedPdfs } from '../../../src/litigation/matter/rules/signature-rules.ts';
import { admissibility } from '../../../src/litigation/package/documents/admissibility.ts';
import { evidenceList } from '../../../src/litigation/package/documents/evidence-list.ts';
import { contextOf, matterOf, type SampleDeposit } from './case-samples.ts';
import { filingProfile, sampleLoan } from './loan-samples.ts';

const PROFILE = filingProfile('demo-cn');
const BYTES = utf8('%PDF a contract');
const SHA256 = sha256Hex(BYTES);

const identity = (subject: string, issuer: string) => ({
  subject,
  issuer,
  certificateSerial: '0a1b',
  certificateSha256: 'ab'.repeat(32),
  validFrom: '2020-01-01T00:00:00.000Z',
  validUntil: '2030-01-01T00:00:00.000Z',
});

function check(
  result: SignatureCheckRecord['result'],
  options: { reason?: string; rootNamed?: boolean; documentSha256?: string } = {},
): Json {
  const { reason = 'SIGNER_TRUSTED', rootNamed = true, documentSha256 = SHA256 } = options;
  const signed = result === 'valid' || result === 'invalid' || result === 'undecided';
  const one = {
    result: signed ? result : 'valid',
    reason,
    coversWholeFile: true,
    certificate: identity('CN=示范消费金融,O=示范', 'CN=示范 Signing CA'),
    root: identity('CN=示范 Signing CA', 'CN=示范 Signing CA'),
    rootNamed,
    timestamp: false,
  };
  return {
    documentSha256,
    result,
    reason,
    signatures: signed ? [one] : [],
    checker: 'cunzheng/pdf-signature/1',
    checkedAt: '2026-01-01T00:00:00.000Z',
  };
}

/** The sample loan with its paper as the last file but one and the check behind it. */
function checkedLoan(record: Json, kind: Kind = 'contract', more: SampleDeposit[] = []) {
  const loan = sampleLoan(kind === 'contract' ? { without: ['contract', 'signature-record'] } : {});
  const all: SampleDeposit[] = [...loan, ...more, { kind, bytes: BYTES, occurredAt: '2025-12-31' }];
  const seq = all.length - 1;
  const references = [{ rel: 'checks', seq }];
  return matterOf(
    [...all, { kind: 'signature-check', record, references, occurredAt: '2026-01-01' }],
    { profile: PROFILE, cutOff: '2025-12-31', preparedOn: '2026-01-05' },
  );
}

const found = (...of: Parameters<typeof checkedLoan>) =>
  assessReadiness(checkedLoan(...of))
    .findings.filter(({ code }) => /SIGN/.test(code) && code !== 'REQUIRED_MISSING')
    .map(({ severity, code }) => `${severity} ${code}`);

describe('what the readiness gate says of checked signatures', () => {
  it('nothing, when the signature holds up to a named root', () => {
    expect(found(check('valid'))).to.deep.equal([]);
  });

  it('a note, when nobody named the root', () => {
    const unnamed = check('valid', { rootNamed: false, reason: 'SIGNER_NOT_NAMED' });
    expect(found(unnamed)).to.deep.equal(['note SIGNER_ROOT_NOT_NAMED']);
    expect(found(unnamed, 'settlement')).to.deep.equal([]);
  });

  it('blocks an invalid contract; another paper is a question for a person', () => {
    const changed = check('invalid', { reason: 'CONTENT_CHANGED' });
    expect(found(changed)).to.deep.equal(['block SIGNATURE_INVALID']);
    expect(found(changed, 'settlement')).to.deep.equal(['review SIGNATURE_INVALID']);
  });

  it('asks to look at what could not be judged or read', () => {
    for (const result of ['undecided', 'unreadable'] as const) {
      const record = check(result, { reason: 'ALGORITHM_UNKNOWN' });
      expect(found(record)).to.deep.equal(['review SIGNATURE_UNDECIDED']);
      expect(found(record, 'settlement')).to.deep.equal(['note SIGNATURE_UNDECIDED']);
    }
  });

  it('misses a signature in the contract, less so when the platform tells of it', () => {
    const record = check('unsigned', { reason: 'NO_SIGNATURE' });
    expect(found(record)).to.deep.equal(['review CONTRACT_UNSIGNED']);
    const told: SampleDeposit = {
      kind: 'signature-record',
      record: { documentSha256: SHA256 },
      occurredAt: '2025-12-31',
    };
    expect(found(record, 'contract', [told])).to.deep.equal(['note CONTRACT_UNSIGNED']);
    expect(found(record, 'settlement')).to.deep.equal([]);
  });

  it('does not count a check of other bytes', () => {
    const other = checkedLoan(check('invalid', { documentSha256: 'cd'.repeat(32) }));
    expect(checkedPdfs(other)).to.deep.equal([]);
  });
});

describe('what the papers say of checked signatures', () => {
  const papers = async (record: Json) => {
    const context = await contextOf(checkedLoan(record));
    const remarks = evidenceList(context).items.flatMap((one) => one.remarks);
    return { remarks: remarks.join('\n'), statement: JSON.stringify(admissibility(context)) };
  };

  it('name signer, certificate, root and day of a valid one', async () => {
    const { remarks, statement } = await papers(check('valid'));
    for (const text of [remarks, statement]) {
      expect(text).to.include('2026-01-01核验').and.include('签名有效');
      expect(text).to.include('签名人示范消费金融').and.include('证书序列号0a1b');
      expect(text).to.include('根证书示范 Signing CA');
    }
  });

  it('say why another is invalid or undecided', async () => {
    const changed = await papers(check('invalid', { reason: 'CONTENT_CHANGED' }));
    expect(changed.remarks).to.include('签名无效（原因：签署后文件内容有改动）');
    expect(changed.statement).to.include('签名无效（原因：签署后文件内容有改动）');
    const open = await papers(check('unreadable', { reason: 'TOO_LARGE' }));
    expect(open.remarks).to.include('未能判定（原因：TOO_LARGE）');
  });
});
