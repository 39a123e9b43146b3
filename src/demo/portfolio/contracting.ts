import { createHash } from 'node:crypto';
import type { Relation } from '../../formats/relations.ts';
import type { Desk } from './desk.ts';
import { APP, AUTHORITY, borrowerFacts, serialNumber } from './desk.ts';
import { clockText } from './journal.ts';
import { LENDER } from './lender.ts';
import { contractData, maskedIdentity } from './paper-data.ts';
import { CLAUSES, contractTerms } from './terms.ts';

/** Contract, signature record, terms, address for service. @returns the id of the terms */
export function tellContract(desk: Desk, identity: string): { terms: string; contract?: string } {
  const { file, journal } = desk;
  const event = desk.event('signing', {
    device: desk.device,
    references: [{ rel: 'refers-to', eventId: identity }],
  });
  const bytes = pressContract(desk, event.at);
  const name = `个人消费借款合同_${file.contractNo}.pdf`;
  const contract =
    file.plan.fate === 'trouble-contract-missing'
      ? undefined
      : journal.file(event, 'contract', { name, mediaType: 'application/pdf', bytes });
  const to = (rel: Relation) => (contract === undefined ? [] : [{ rel, eventId: contract }]);
  tellSignatures(desk, to('signs'), bytes);
  const terms = journal.record(
    desk.event('signing', { references: to('extracted-from') }),
    'contract-terms',
    contractTerms(file),
  );
  tellServiceAddress(desk, to('refers-to'));
  return { terms, ...(contract === undefined ? {} : { contract }) };
}

function pressContract(desk: Desk, at: string): Uint8Array {
  const { seal } = desk.studio;
  // Drawn with and without a seal, so that everything after it is the same.
  const serial = serialNumber(desk.random);
  const data = contractData(desk.file, {
    lender: [
      ['证书颁发机构', seal?.authority ?? AUTHORITY],
      ['证书序列号', seal?.serial ?? serial],
      ['签章时间', clockText(at)],
    ],
    borrower: borrowerFacts(desk, at),
    readingSeconds: desk.random.integer(64, 240),
  });
  const paper = desk.studio.paper('loan-contract', data);
  return seal === undefined ? paper : seal.sign(paper, at);
}

function tellSignatures(
  desk: Desk,
  references: { rel: string; eventId: string }[],
  contract: Uint8Array,
): void {
  const { file, journal } = desk;
  const event = desk.event('signing', { device: desk.device, references });
  journal.record(event, 'signature-record', {
    contractNo: file.contractNo,
    documentSha256: createHash('sha256').update(contract).digest('hex'),
    signedAt: event.at,
    intent: { oneTimePassword: '已校验', phone: file.person.phone, faceCheck: '通过' },
    signers: [
      {
        party: '贷款人',
        name: LENDER.name,
        certificateAuthority: desk.studio.seal?.authority ?? AUTHORITY,
      },
      {
        party: '借款人',
        name: file.person.name,
        identity: maskedIdentity(file.enteredIdentityNumber),
        certificateAuthority: AUTHORITY,
      },
    ],
    pagesShown: '逐页浏览至末页',
    app: APP,
  });
}

function tellServiceAddress(desk: Desk, references: { rel: string; eventId: string }[]): void {
  const { file, journal } = desk;
  const { person } = file;
  const id = journal.record(desk.event('signing', { references }), 'service-address', {
    recipient: person.name,
    address: person.currentAddress,
    phone: person.phone,
    email: person.email,
    electronicServiceAgreed: true,
    clause: CLAUSES.service,
    stages: '诉前通知、一审、二审、再审和执行程序',
    confirmedOn: file.startDate,
  });
  const bytes = desk.studio.serviceConfirmation(file.random.fork('scan'), {
    contractNo: file.contractNo,
    person,
    signedOn: file.startDate,
  });
  const event = desk.event('signing', {
    title: '送达地址确认书（签名扫描件）',
    references: [{ rel: 'evidences', eventId: id }],
  });
  const name = `送达地址确认书_${file.contractNo}.jpg`;
  journal.file(event, 'service-address', { name, mediaType: 'image/jpeg', bytes });
}
