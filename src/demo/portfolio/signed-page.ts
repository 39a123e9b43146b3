import { drawSignature } from './handwriting.ts';
import { LENDER } from './lender.ts';
import type { Person } from './people.ts';
import type { Random } from './random.ts';
import type { Pen } from './scan-canvas.ts';
import { drawWatermark, scanFont, scanSheet, wrapText } from './scan-canvas.ts';

const PAGE = { width: 827, height: 1169, lid: '#cfcfcb', quality: 52 };
const SLIP = { width: 900, height: 560, lid: '#cfcfcb', quality: 62 };
const INK = '#1e1e22';

export interface ConfirmationPage {
  contractNo: string;
  person: Person;
  /** ISO date of the wet signature. */
  signedOn: string;
}

/** 送达地址确认书, printed, signed by hand with a thumb print, and scanned: JPEG. */
export function scanServiceConfirmation(random: Random, page: ConfirmationPage): Uint8Array {
  return scanSheet(random.fork('confirmation'), PAGE, (pen) => {
    drawSheet(pen, 20, 18, PAGE.width - 40, PAGE.height - 36);
    drawConfirmation(pen, page);
    drawTick(pen, 243, 482);
    drawSignature(pen, penHand(random), { x: 515, y: 905, size: 62 }, nameLength(page.person));
    drawThumbPrint(pen, random.fork('thumb'), 690, 962);
    drawWatermark(pen, PAGE.width, PAGE.height, 96);
  });
}

export interface DeliverySlip {
  waybill: string;
  document: string;
  person: Person;
  sentOn: string;
  deliveredOn: string;
}

/** A carrier's delivery slip, signed by the addressee and scanned: JPEG. */
export function scanDeliverySlip(random: Random, slip: DeliverySlip): Uint8Array {
  return scanSheet(random.fork(`slip ${slip.waybill}`), SLIP, (pen) => {
    drawSheet(pen, 16, 14, SLIP.width - 32, SLIP.height - 28);
    drawSlip(pen, random, slip);
    drawSignature(pen, penHand(random), { x: 200, y: 392, size: 54 }, nameLength(slip.person));
    drawWatermark(pen, SLIP.width, SLIP.height, 84);
  });
}

/** One person, one hand: every signature of the loan is written from the same stream. */
function penHand(random: Random): Random {
  return random.fork('hand');
}

function nameLength(person: Person): number {
  return [...person.name].length;
}

function drawSheet(pen: Pen, x: number, y: number, width: number, height: number): void {
  pen.save();
  pen.shadowColor = 'rgba(0, 0, 0, 0.35)';
  pen.shadowBlur = 10;
  pen.fillStyle = '#f7f6f1';
  pen.fillRect(x, y, width, height);
  pen.restore();
}

function drawConfirmation(pen: Pen, page: ConfirmationPage): void {
  const { person } = page;
  centred(pen, '送达地址确认书', PAGE.width / 2, 130, 34);
  write(pen, `合同编号：${page.contractNo}`, 96, 178, 16);
  const rows: [string, string][] = [
    ['确认人', `${person.name}    居民身份证 ${person.identityNumber}`],
    ['邮寄地址', person.currentAddress],
    ['移动电话', `${person.phone}（接收短信送达）`],
    ['电子邮箱', person.email],
    ['电子送达', '□ 同意    □ 不同意'],
    ['适用阶段', '诉前通知、一审、二审、再审、执行程序'],
  ];
  rows.forEach(([name, value], at) => {
    drawRow(pen, name, value, 196 + at * 62);
  });
  paragraph(pen, CONFIRMATION_TEXT, 96, 606, 640, 17);
  write(pen, '确认人（签名并捺印）：', 300, 950, 18);
  write(pen, `日期：${chineseDate(page.signedOn)}`, 300, 1034, 18);
  write(pen, `${LENDER.name}（样本，虚构主体）`, 96, 1104, 13);
}

const CONFIRMATION_TEXT = [
  '一、本人确认以上地址为贷款人送达通知以及人民法院送达诉讼文书的地址；同意人民法院采用短信、电子邮件等方式电子送达，包括判决书、裁定书和调解书。',
  '二、上述地址变更的，本人应在三日内书面告知贷款人；进入诉讼程序后，应书面告知受诉人民法院。',
  '三、因本人提供的地址不准确、变更后未及时告知，或者本人及指定的代收人拒绝签收，导致文书未能被实际接收的，邮寄送达以文书退回之日为送达之日；电子送达以到达上述号码或者邮箱之日为送达之日。',
  '四、本人已经阅读并理解以上全部内容，保证所填写的地址真实、准确、有效。',
];

function drawRow(pen: Pen, name: string, value: string, y: number): void {
  pen.strokeStyle = '#555';
  pen.lineWidth = 1.2;
  pen.strokeRect(96, y, 130, 62);
  pen.strokeRect(226, y, 510, 62);
  write(pen, name, 118, y + 38, 18);
  pen.font = scanFont(18);
  const lines = wrapText(pen, value, 480);
  lines.forEach((line, at) => {
    write(pen, line, 242, y + (lines.length > 1 ? 26 : 38) + at * 25, 18);
  });
}

function drawSlip(pen: Pen, random: Random, slip: DeliverySlip): void {
  centred(pen, '邮 件 签 收 回 执', SLIP.width / 2, 82, 32);
  write(pen, `示范速递（样本） 邮件号：${slip.waybill}`, 70, 124, 18);
  drawBars(pen, random.fork(slip.waybill), 560, 98);
  const rows: [string, string][] = [
    ['寄件人', LENDER.name],
    ['收件人', `${slip.person.name}  ${slip.person.phone}`],
    ['收件地址', slip.person.currentAddress],
    ['内件品名', slip.document],
    ['寄出日期', chineseDate(slip.sentOn)],
  ];
  rows.forEach(([name, value], at) => {
    const y = 180 + at * 42;
    write(pen, name, 70, y, 18);
    write(pen, value, 180, y, 18);
    pen.fillStyle = '#999';
    pen.fillRect(70, y + 12, SLIP.width - 140, 1);
  });
  write(pen, '收件人签名', 70, 440, 18);
  write(pen, `签收时间：${chineseDate(slip.deliveredOn)}`, 70, 510, 18);
  write(pen, '□ 本人签收    □ 他人代收    □ 退回', 340, 510, 18);
  drawTick(pen, 341, 510);
}

/** Ticks the box whose character stands at the given place, size 18; the font has no ticked box. */
function drawTick(pen: Pen, x: number, y: number): void {
  pen.save();
  pen.strokeStyle = 'rgba(22, 28, 66, 0.9)';
  pen.lineWidth = 2.2;
  pen.lineCap = 'round';
  pen.beginPath();
  pen.moveTo(x + 3, y - 7);
  pen.lineTo(x + 7, y - 1);
  pen.lineTo(x + 19, y - 17);
  pen.stroke();
  pen.restore();
}

/** Bars as on a waybill; they encode nothing. */
function drawBars(pen: Pen, random: Random, left: number, top: number): void {
  pen.fillStyle = INK;
  let x = left;
  while (x < left + 260) {
    const width = random.integer(1, 4);
    pen.fillRect(x, top, width, 38);
    x += width + random.integer(2, 5);
  }
}

/** Broken concentric ridges in ink-pad red. */
function drawThumbPrint(pen: Pen, random: Random, x: number, y: number): void {
  pen.save();
  pen.translate(x, y);
  pen.rotate(-0.3);
  for (let ridge = 1; ridge < 12; ridge += 1) {
    for (let part = 0; part < 9; part += 1) {
      const from = (part * Math.PI * 2) / 9 + random.fraction() * 0.3;
      pen.strokeStyle = `rgba(196, 44, 38, ${(0.35 + random.fraction() * 0.4).toFixed(3)})`;
      pen.lineWidth = 1.4 + random.fraction();
      pen.beginPath();
      pen.ellipse(
        0,
        ridge * 0.8,
        ridge * 2.7,
        ridge * 3.6,
        0,
        from,
        from + 0.3 + random.fraction() * 0.4,
      );
      pen.stroke();
    }
  }
  pen.restore();
}

function write(pen: Pen, text: string, x: number, y: number, size: number): void {
  pen.font = scanFont(size);
  pen.fillStyle = INK;
  pen.fillText(text, x, y);
}

function centred(pen: Pen, text: string, x: number, y: number, size: number): void {
  pen.save();
  pen.textAlign = 'center';
  pen.font = scanFont(size, 'bold');
  pen.fillStyle = INK;
  pen.fillText(text, x, y);
  pen.restore();
}

function paragraph(
  pen: Pen,
  paragraphs: string[],
  x: number,
  y: number,
  width: number,
  size: number,
): void {
  let line = 0;
  for (const text of paragraphs) {
    pen.font = scanFont(size);
    for (const part of wrapText(pen, text, width)) {
      write(pen, part, x, y + line * size * 1.62, size);
      line += 1;
    }
  }
}

/** 2025-03-07 as 2025年3月7日. */
export function chineseDate(date: string): string {
  const [year, month, day] = date.split('-').map(Number);
  return `${year}年${month}月${day}日`;
}
