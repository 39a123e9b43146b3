import { expect } from 'chai';
import { ClaimError } from '../../../src/claim/claim-error.ts';
import {
  formatMoney,
  formatMoneyGrouped,
  moneyInWords,
  parseMoney,
} from '../../../src/claim/money.ts';

describe('money', () => {
  it('reads and writes cents without loss', () => {
    expect(parseMoney('3151')).to.equal(315100n);
    expect(parseMoney('0.9')).to.equal(90n);
    expect(parseMoney('-12.05')).to.equal(-1205n);
    expect(formatMoney(90n)).to.equal('0.90');
    expect(formatMoney(-5n)).to.equal('-0.05');
    expect(formatMoney(90071992547409931n)).to.equal('900719925474099.31');
  });

  it('refuses what is not an amount', () => {
    for (const text of ['', '1.234', '1e5', ' 1', '٣']) {
      expect(() => parseMoney(text), text).to.throw(ClaimError);
    }
  });

  it('groups by thousands', () => {
    expect(formatMoneyGrouped(123456789n)).to.equal('1,234,567.89');
    expect(formatMoneyGrouped(-100000n)).to.equal('-1,000.00');
    expect(formatMoneyGrouped(99999n)).to.equal('999.99');
  });

  // The examples of 支付结算办法 annex 1, and the zero cases around them.
  const words: [string, string][] = [
    ['1409.50', '壹仟肆佰零玖元伍角整'],
    ['6007.14', '陆仟零柒元壹角肆分'],
    ['1680.32', '壹仟陆佰捌拾元叁角贰分'],
    ['107000.53', '壹拾万柒仟元伍角叁分'],
    ['16409.02', '壹万陆仟肆佰零玖元零贰分'],
    ['325.04', '叁佰贰拾伍元零肆分'],
    ['0.00', '零元整'],
    ['0.05', '伍分'],
    ['0.50', '伍角整'],
    ['10.00', '壹拾元整'],
    ['100000.00', '壹拾万元整'],
    ['10000005.00', '壹仟万零伍元整'],
    ['100200300.40', '壹亿零贰拾万零叁佰元肆角整'],
    ['59223.22', '伍万玖仟贰佰贰拾叁元贰角贰分'],
  ];
  for (const [amount, expected] of words) {
    it(`writes ${amount} as ${expected}`, () => {
      expect(moneyInWords(parseMoney(amount), 'cn')).to.equal(expected);
    });
  }

  it('has no words for a negative amount', () => {
    expect(() => moneyInWords(-1n)).to.throw(ClaimError);
  });
});
