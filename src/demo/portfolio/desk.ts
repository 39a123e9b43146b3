import type { Journal, JournalEvent, SystemName } from './journal.ts';
import { clockText, instant } from './journal.ts';
import type { LoanFile } from './loan-file.ts';
import type { SignatureFacts } from './paper-data.ts';
import type { Random } from './random.ts';
import type { Studio } from './studio.ts';

/** What the teller of a loan's beginning works with. */
export interface Desk {
  file: LoanFile;
  journal: Journal;
  studio: Studio;
  /** Event of a step, at the next moment of the day. */
  event(system: SystemName, more?: Partial<JournalEvent>): JournalEvent;
  random: Random;
  device: string;
}

const DEVICES = [
  'iOS 17.5 / iPhone14,5',
  'iOS 18.1 / iPhone16,1',
  'Android 14 / M2312',
  'Android 13 / V2245',
];
export const APP = '星河易享 App 6.8.2';
export const AUTHORITY = '示例电子认证服务有限公司（样本）';

/** A desk whose clock starts between 9 and 19 o'clock of the first day and moves with each event. */
export function openDesk(file: LoanFile, journal: Journal, studio: Studio): Desk {
  const random = file.random.fork('desk');
  let seconds = random.integer(9 * 3600, 19 * 3600);
  return {
    file,
    journal,
    studio,
    random,
    device: random.pick(DEVICES),
    event: (system, more = {}) => {
      seconds += random.integer(35, 170);
      return { system, at: instant(file.startDate, seconds), ...more };
    },
  };
}

/** What stands beside the borrower's electronic signature. */
export function borrowerFacts(desk: Desk, at: string): SignatureFacts {
  return [
    ['证书颁发机构', AUTHORITY],
    ['证书序列号', serialNumber(desk.random)],
    ['签署时间', clockText(at)],
    ['意愿确认', '人脸识别＋短信验证码'],
  ];
}

/** A certificate serial number in hexadecimal; made up. */
export function serialNumber(random: Random): string {
  const part = (): string => random.uint32().toString(16).padStart(8, '0').toUpperCase();
  return part() + part();
}
