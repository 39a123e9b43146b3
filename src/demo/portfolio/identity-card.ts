import type { Person } from './people.ts';
import type { Random } from './random.ts';
import type { Pen } from './scan-canvas.ts';
import { drawWatermark, scanFont, scanSheet, wrapText } from './scan-canvas.ts';

const WIDTH = 1000;
const HEIGHT = 630;
const CARD = { x: 62, y: 40, width: 876, height: 550, radius: 30 };
const SHEET = { width: WIDTH, height: HEIGHT, lid: '#dcdcd8', quality: 68 };
const LABEL = '#3f6f9c';
const INK = '#1c1c20';

/** The two sides of a specimen identity card, as JPEG scans. No state emblem, no real face. */
export interface IdentityScans {
  front: Uint8Array;
  back: Uint8Array;
}

/** @param validFrom ISO date from which the card is valid */
export function scanIdentityCard(random: Random, person: Person, validFrom: string): IdentityScans {
  return {
    front: scanSheet(random.fork('front'), SHEET, (pen) => drawFront(pen, random, person)),
    back: scanSheet(random.fork('back'), SHEET, (pen) => drawBack(pen, random, person, validFrom)),
  };
}

function drawFront(pen: Pen, random: Random, person: Person): void {
  drawCard(pen, ['#eaf3f6', '#e3eef2', '#efe9ea'], random);
  const [year, month, day] = person.birthDate.split('-').map(Number);
  field(pen, '姓 名', person.name, 110, 118, 34);
  field(pen, '性 别', person.sex, 110, 188, 28);
  field(pen, '民 族', person.nation, 290, 188, 28);
  field(pen, '出 生', '', 110, 256, 28);
  drawBirth(pen, [year ?? 0, month ?? 0, day ?? 0]);
  field(pen, '住 址', '', 110, 324, 28);
  drawLines(pen, person.registeredAddress, 206, 324);
  label(pen, '公民身份号码', 110, 524);
  pen.font = scanFont(36, 'bold');
  pen.fillStyle = INK;
  pen.letterSpacing = '3px';
  pen.fillText(person.identityNumber, 330, 526);
  pen.letterSpacing = '0px';
  drawPortrait(pen, random, person);
  drawWatermark(pen, WIDTH, HEIGHT, 104);
}

function drawBack(pen: Pen, random: Random, person: Person, validFrom: string): void {
  drawCard(pen, ['#f3efe4', '#eef2ee', '#e6eef2'], random);
  drawPlaceholderEmblem(pen);
  pen.fillStyle = INK;
  pen.font = scanFont(40, 'bold');
  pen.fillText('示 范 用 证 件', 330, 158);
  pen.font = scanFont(66, 'bold');
  pen.fillText('居 民 身 份 证', 330, 250);
  label(pen, '签发机关', 230, 440);
  label(pen, '有效期限', 230, 508);
  pen.font = scanFont(30);
  pen.fillStyle = INK;
  pen.fillText(`${person.home.police}（样本）`, 390, 440);
  pen.fillText(`${validFrom.replaceAll('-', '.')}-${validUntil(person, validFrom)}`, 390, 508);
  drawWatermark(pen, WIDTH, HEIGHT, 104);
}

/** 居民身份证法 Art. 5: ten years from 16 to 25, twenty from 26 to 45, then for good. */
function validUntil(person: Person, validFrom: string): string {
  const dated = (date: string): number => Number(date.replaceAll('-', ''));
  const age = Math.floor((dated(validFrom) - dated(person.birthDate)) / 10_000);
  if (age > 45) return '长期';
  const year = Number(validFrom.slice(0, 4)) + (age > 25 ? 20 : 10);
  return `${year}${validFrom.slice(4)}`.replaceAll('-', '.');
}

function drawCard(pen: Pen, tints: [string, string, string], random: Random): void {
  const { x, y, width, height, radius } = CARD;
  pen.save();
  pen.shadowColor = 'rgba(0, 0, 0, 0.35)';
  pen.shadowBlur = 14;
  pen.shadowOffsetY = 4;
  const ground = pen.createLinearGradient(x, y, x + width, y + height);
  tints.forEach((tint, at) => {
    ground.addColorStop(at / 2, tint);
  });
  pen.fillStyle = ground;
  pen.beginPath();
  pen.roundRect(x, y, width, height, radius);
  pen.fill();
  pen.restore();
  pen.save();
  pen.clip();
  drawGuilloche(pen, random);
  pen.restore();
}

/** Fine interlaced waves, the ground pattern of security printing. */
function drawGuilloche(pen: Pen, random: Random): void {
  const phase = random.fork('guilloche').fraction() * 6;
  pen.lineWidth = 0.9;
  for (let line = 0; line < 22; line += 1) {
    pen.strokeStyle = line % 2 === 0 ? 'rgba(90, 140, 170, 0.24)' : 'rgba(200, 130, 130, 0.20)';
    pen.beginPath();
    for (let x = CARD.x; x <= CARD.x + CARD.width; x += 14) {
      const wave = Math.sin(x / 46 + line * 0.42 + phase) * 22 + Math.sin(x / 17 + line) * 5;
      pen.lineTo(x, CARD.y + line * 26 + wave);
    }
    pen.stroke();
  }
}

function label(pen: Pen, text: string, x: number, y: number): void {
  pen.font = scanFont(24);
  pen.fillStyle = LABEL;
  pen.fillText(text, x, y);
}

function field(pen: Pen, name: string, value: string, x: number, y: number, size: number): void {
  label(pen, name, x, y);
  pen.font = scanFont(size);
  pen.fillStyle = INK;
  pen.fillText(value, x + 96, y + 2);
}

function drawBirth(pen: Pen, [year, month, day]: [number, number, number]): void {
  const parts: [string, number, number][] = [
    [String(year), 206, 290],
    [String(month), 330, 372],
    [String(day), 412, 454],
  ];
  parts.forEach(([value, x, unitAt], at) => {
    pen.font = scanFont(28);
    pen.fillStyle = INK;
    pen.fillText(value, x, 258);
    label(pen, ['年', '月', '日'][at] ?? '', unitAt, 256);
  });
}

function drawLines(pen: Pen, text: string, x: number, y: number): void {
  pen.font = scanFont(28);
  pen.fillStyle = INK;
  wrapText(pen, text, 420).forEach((line, at) => {
    pen.fillText(line, x, y + 2 + at * 42);
  });
}

/** Head and shoulders without a face: a silhouette cannot be taken for a person. */
function drawPortrait(pen: Pen, random: Random, person: Person): void {
  const shade = 120 + random.fork('portrait').integer(0, 40);
  const tilt = random.fork('tilt').integer(-4, 4);
  pen.save();
  pen.translate(776 + tilt, 0);
  pen.fillStyle = `rgb(${shade}, ${shade + 6}, ${shade + 14})`;
  pen.beginPath();
  pen.ellipse(0, 218, 56, 70, 0, 0, Math.PI * 2);
  pen.fill();
  if (person.sex === '女') {
    pen.beginPath();
    pen.ellipse(0, 226, 74, 92, 0, 0, Math.PI * 2);
    pen.fill();
  }
  pen.beginPath();
  pen.moveTo(-118, 424);
  pen.bezierCurveTo(-112, 318, -60, 300, 0, 296);
  pen.bezierCurveTo(60, 300, 112, 318, 118, 424);
  pen.closePath();
  pen.fill();
  pen.fillStyle = 'rgba(255, 255, 255, 0.85)';
  pen.textAlign = 'center';
  pen.font = scanFont(24, 'bold');
  pen.fillText('无 真 人 肖 像', 0, 392);
  pen.restore();
}

/** Where the state emblem stands on a real card: a ring that says that there is none. */
function drawPlaceholderEmblem(pen: Pen): void {
  pen.strokeStyle = 'rgba(178, 44, 44, 0.75)';
  pen.lineWidth = 5;
  pen.beginPath();
  pen.arc(212, 176, 76, 0, Math.PI * 2);
  pen.stroke();
  pen.lineWidth = 2;
  pen.beginPath();
  pen.arc(212, 176, 64, 0, Math.PI * 2);
  pen.stroke();
  pen.save();
  pen.textAlign = 'center';
  pen.fillStyle = 'rgba(178, 44, 44, 0.85)';
  pen.font = scanFont(46, 'bold');
  pen.fillText('样本', 212, 194);
  pen.restore();
}
