import { identityCheckDigit, withLuhnDigit } from './check-digits.ts';
import type { District } from './places.ts';
import { DISTRICTS, divisionName } from './places.ts';
import type { Random } from './random.ts';

/** A borrower who does not exist. Every value is made up; only the divisions are real. */
export interface Person {
  name: string;
  sex: '男' | '女';
  nation: string;
  /** YYYY-MM-DD. */
  birthDate: string;
  /** 18 characters, GB 11643-1999. */
  identityNumber: string;
  home: District;
  /** Registered address, as printed on the identity card. */
  registeredAddress: string;
  /** Where the person lives now and agrees to be served. */
  currentAddress: string;
  phone: string;
  email: string;
  employer: string;
  occupation: string;
  /** Monthly income in whole yuan. */
  income: number;
  bank: string;
  card: string;
}

/** Surname and weight: the order of magnitude of the 2020 census' most frequent ones. */
const SURNAMES: readonly [string, number][] = [
  ['王', 72],
  ['李', 72],
  ['张', 68],
  ['刘', 54],
  ['陈', 46],
  ['杨', 31],
  ['黄', 23],
  ['赵', 23],
  ['吴', 21],
  ['周', 20],
  ['徐', 15],
  ['孙', 15],
  ['马', 13],
  ['朱', 13],
  ['胡', 12],
  ['郭', 12],
  ['何', 11],
  ['林', 11],
  ['罗', 10],
  ['高', 10],
  ['郑', 9],
  ['梁', 9],
  ['谢', 8],
  ['宋', 8],
  ['唐', 7],
  ['许', 7],
  ['邓', 7],
  ['冯', 6],
  ['欧阳', 1],
  ['上官', 1],
];
const MALE_NAMES =
  '伟 强 磊 军 勇 涛 斌 浩然 子轩 志强 建国 文博 俊杰 国栋 明辉 晓东 海波 振华 泽宇 嘉豪 昇 喆 鹏飞 少华 永康'.split(
    ' ',
  );
const FEMALE_NAMES =
  '芳 娜 敏 静 丽 艳 雪梅 婷婷 秀英 桂兰 雨欣 梦瑶 佳怡 晓燕 玉珍 淑华 思琪 海霞 丹 慧敏 美玲 诗涵 翠萍 堃 垚'.split(
    ' ',
  );
const NATIONS = [
  '汉',
  '汉',
  '汉',
  '汉',
  '汉',
  '汉',
  '汉',
  '汉',
  '汉',
  '汉',
  '回',
  '满',
  '苗',
  '壮',
];
const ESTATES = '阳光花园 锦绣家园 翠湖苑 文华小区 和谐雅居 滨江公寓 金桂园 学府名苑'.split(' ');
const EMPLOYERS =
  '远桥商贸 恒信物流 蓝湾餐饮管理 启明教育咨询 众诚装饰工程 云帆网络科技 佳美物业服务 顺达汽车维修'.split(
    ' ',
  );
const OCCUPATIONS = '销售主管 仓储管理员 店长 教务专员 施工员 运营专员 客服主管 维修技师'.split(
  ' ',
);
/** Fictitious bank with a made-up issuer number. */
const BANKS: readonly [string, string][] = [
  ['东海示范银行', '629900'],
  ['南岭示范银行', '629911'],
  ['西川示范银行', '629922'],
];

/** Names with characters that break careless software; given to the first borrowers in turn. */
const RARE_NAMES: readonly [string, '男' | '女'][] = [
  ['陈喆', '男'],
  ['王堃', '男'],
  ['李昇', '男'],
  ['张㛃', '女'],
  ['赵犇', '男'],
  ['欧阳淼', '女'],
  ['周\u{2CB4A}', '男'],
];

/**
 * @param ordinal counts from 0 within the portfolio: makes phone, card and identity number unique
 * @param year year in which the loan is made: the borrower is then 22 to 55 years old
 */
export function createPerson(random: Random, ordinal: number, year: number): Person {
  const { name, sex } = createName(random, ordinal);
  const home = random.pick(DISTRICTS);
  const birthDate = createBirthDate(random, year);
  const [bank, issuer] = random.pick(BANKS);
  return {
    name,
    sex,
    nation: random.pick(NATIONS),
    birthDate,
    identityNumber: createIdentityNumber(home, birthDate, ordinal, sex),
    home,
    registeredAddress: createAddress(random, home),
    currentAddress: createAddress(random, home),
    phone: createPhone(ordinal, random),
    email: `user${String(ordinal + 1).padStart(4, '0')}@mail.example`,
    employer: `${home.city}${random.pick(EMPLOYERS)}有限公司（样本）`,
    occupation: random.pick(OCCUPATIONS),
    income: random.integer(45, 180) * 100,
    bank,
    card: withLuhnDigit(
      `${issuer}${String(random.integer(0, 999_999)).padStart(6, '0')}${serial(ordinal, 6)}`,
    ),
  };
}

function createName(random: Random, ordinal: number): { name: string; sex: '男' | '女' } {
  const sex = random.integer(0, 99) < 58 ? '男' : '女';
  const name = pickSurname(random) + random.pick(sex === '男' ? MALE_NAMES : FEMALE_NAMES);
  const rare = ordinal % 4 === 1 ? RARE_NAMES[Math.floor(ordinal / 4)] : undefined;
  return rare === undefined ? { name, sex } : { name: rare[0], sex: rare[1] };
}

function pickSurname(random: Random): string {
  const total = SURNAMES.reduce((sum, [, weight]) => sum + weight, 0);
  let left = random.integer(1, total);
  for (const [surname, weight] of SURNAMES) {
    left -= weight;
    if (left <= 0) return surname;
  }
  return '王';
}

function createBirthDate(random: Random, year: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const born = year - random.integer(23, 55);
  return `${born}-${two(random.integer(1, 12))}-${two(random.integer(1, 28))}`;
}

/** The sequence code is made up: odd for men, even for women, distinct within the portfolio. */
function createIdentityNumber(
  home: District,
  birthDate: string,
  ordinal: number,
  sex: '男' | '女',
): string {
  const sequence = ((ordinal * 2) % 998) + (sex === '男' ? 1 : 2);
  const body = `${home.code}${birthDate.replaceAll('-', '')}${String(sequence).padStart(3, '0')}`;
  return body + identityCheckDigit(body);
}

function createAddress(random: Random, home: District): string {
  const street = random.pick(home.streets);
  const house = `${random.integer(8, 420)}号${random.pick(ESTATES)}`;
  const flat = `${random.integer(1, 18)}幢${random.integer(1, 4)}单元${random.integer(2, 26)}0${random.integer(1, 4)}室`;
  return `${divisionName(home)}${street}${house}${flat}`;
}

/** 11 digits; no number range of a Chinese operator begins with 100. */
function createPhone(ordinal: number, random: Random): string {
  return `1000${serial(ordinal, 4)}${String(random.integer(0, 999)).padStart(3, '0')}`;
}

function serial(ordinal: number, width: number): string {
  return String(ordinal + 1).padStart(width, '0');
}
