import { describeLateness, type Lateness } from '../../../claim/lateness.ts';
import { epochOf } from '../../../formats/embedded-target.ts';
import type { Statement } from '../../../formats/statement.ts';
import { KINDS } from '../../../formats/taxonomy.ts';
import type { CaseContext, PlannedFile, StatedAnchor } from '../case-context.ts';
import type { CertificateData } from '../document-data.ts';
import { timesBySeq } from './admissibility-facts.ts';
import { generatorOf } from './admissibility-origins.ts';
import { partyName } from './case-parties.ts';
import { type CertificateWords, certificateWords } from './certificate-words.ts';
import { printedCount, printedDate, printedTime } from './printed-values.ts';

/** Characters of the root hash in the QR code: enough to tell roots apart, short enough to scan. */
const ROOT_CHARACTERS = 32;

/** What the QR code says: the evidence number, the size and the start of the root; nobody's data. */
export function qrPayload({ matter, checkpoint }: CaseContext): string {
  const root = checkpoint.root.slice(0, ROOT_CHARACTERS);
  return `cunzheng:1:${matter.evidenceNo}:${checkpoint.size}:${root}`;
}

/** 存证证明 / certificate of deposit, over every file that is exhibited. */
export function certificate(context: CaseContext): CertificateData {
  const { matter, exhibits, log, checkpoint, anchors, timestamps, leafHashes } = context;
  const { jurisdiction, plaintiff } = matter.profile;
  const isCn = jurisdiction === 'cn';
  const words = certificateWords(isCn);
  const times = timesBySeq(context);
  const files = exhibits
    .flatMap(({ files: list }) => list)
    .sort((a, b) => a.artifact.seq - b.artifact.seq);
  const depositors = [...new Set(files.map(({ artifact }) => artifact.statement.depositor))];
  return {
    certificateNo: `${matter.caseId}-C1`,
    evidenceNo: matter.evidenceNo,
    depositor: depositors.length === 0 ? partyName(isCn, plaintiff) : depositors.join(', '),
    issuedAt: printedDate(jurisdiction, matter.preparedOn),
    items: files.map((file) => ({
      ...item(isCn, file, leafHashes),
      remarks: remarks(isCn, times.get(file.artifact.seq)),
    })),
    log: { origin: log.origin, keyFingerprint: log.keyFingerprint },
    checkpoint: { size: printedCount(checkpoint.size), root: checkpoint.root },
    completeness: words.completeness(
      printedCount(leafHashes.length),
      printedCount(checkpoint.size),
      printedCount(files.length),
    ),
    anchors: anchors.map((record) => anchor(record, words)),
    times: statedTimes(context, words),
    verification: words.verification,
    limits: words.limits(
      [...anchors, ...timestamps].some(({ timeWeight }) => timeWeight === 'independent'),
    ),
    qr: { payload: qrPayload(context), caption: words.qrCaption },
    issuer: words.issuer,
  };
}

function item(
  isCn: boolean,
  { artifact }: PlannedFile,
  leafHashes: readonly string[],
): Omit<CertificateData['items'][number], 'remarks'> {
  const { seq, leafIndex, statement } = artifact;
  const { file, kind } = statement;
  return {
    seq: String(seq),
    // The depositor's own title may be in another language than the paper.
    title: isCn ? statement.title : KINDS[kind].en,
    kind: isCn ? KINDS[kind].zh : kind,
    file: {
      name: file.name,
      mediaType: file.mediaType,
      size: isCn ? `${printedCount(file.size)}字节` : `${printedCount(file.size)} bytes`,
      sha256: file.sha256,
      sm3: file.sm3,
    },
    occurredAt: printedTime(statement.occurredAt),
    receivedAt: printedTime(statement.receivedAt),
    origin: originOf(isCn, statement.source),
    leafIndex: String(leafIndex),
    leafHash: leafHashes[seq] ?? '',
  };
}

const remarks = (isCn: boolean, times: Lateness | undefined): string =>
  times === undefined ? '' : describeLateness(times, isCn ? 'zh' : 'en').join(isCn ? '；' : '; ');

/** Who and what made it, as far as the depositor said so at the deposit. */
function originOf(isCn: boolean, source: Statement['source']): string {
  const { system, operator, device } = source;
  const label = (zh: string, en: string, value: string | undefined) =>
    value === undefined ? [] : [isCn ? `${zh}：${value}` : `${en}: ${value}`];
  const parts = [
    system,
    ...label('程序', 'program', generatorOf(source)),
    ...label('操作人', 'operator', operator),
    ...label('设备', 'device', device),
  ];
  return parts.join(isCn ? '；' : '; ');
}

function blockTime(seconds: number): string {
  return printedTime(new Date(seconds * 1000).toISOString());
}

/** A chain of the depositor's own in words; another by its name, which a reader can look up. */
function chainName({ target, timeWeight }: StatedAnchor, words: CertificateWords): string {
  return timeWeight === 'independent' ? target : words.ownChain(epochOf(target) !== null);
}

function anchor(record: StatedAnchor, words: CertificateWords): CertificateData['anchors'][number] {
  return {
    name: chainName(record, words),
    chainId: words.chainId(String(record.chainId), record.target),
    registry: record.registry,
    transaction: record.txHash,
    block: String(record.blockNumber),
    time: blockTime(record.blockTime),
  };
}

function statedTimes(
  { checkpoint, anchors, timestamps }: CaseContext,
  words: CertificateWords,
): CertificateData['times'] {
  const stamped = timestamps.map(({ authority, time, timeWeight, laterSize }) => ({
    name: words.times.stamp(laterSize === undefined ? undefined : printedCount(laterSize)),
    value: printedTime(time),
    by: words.by.authority(authority, timeWeight === 'independent'),
    worth: timeWeight === 'independent' ? words.worth.authority : words.worth.ownAuthority,
  }));
  const stated = anchors.map((record) => ({
    name: `${words.times.block}${chainName(record, words)}`,
    value: blockTime(record.blockTime),
    by: record.timeWeight === 'independent' ? words.by.network : words.by.lenderChain,
    worth: record.timeWeight === 'independent' ? words.worth.network : words.worth.lenderChain,
  }));
  return [
    {
      name: words.times.event,
      value: words.eachItem,
      by: words.by.depositor,
      worth: words.worth.event,
    },
    {
      name: words.times.received,
      value: words.eachItem,
      by: words.by.service,
      worth: words.worth.received,
    },
    {
      name: words.times.checkpoint,
      value: printedTime(checkpoint.publishedAt),
      by: words.by.service,
      worth: words.worth.checkpoint,
    },
    ...stated,
    ...stamped,
  ];
}
