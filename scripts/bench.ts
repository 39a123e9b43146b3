import { benchAudit } from '../bench/audit.ts';
import { benchDeposit } from '../bench/deposit.ts';
import { measureGas, renderGasReport } from '../bench/gas.ts';
import { benchPackage } from '../bench/package.ts';
import { type BenchResult, describeResult } from '../bench/result.ts';

// `npm run bench -- gas|deposit|package [--json]`
const BENCHES: Record<string, () => Promise<BenchResult[]>> = {
  deposit: () => benchDeposit(10_000),
  package: () => benchPackage(30),
  audit: () => benchAudit(100_000),
  gas: gasResults,
};

async function gasResults(): Promise<BenchResult[]> {
  const report = await measureGas();
  if (!json) console.log(renderGasReport(report));
  const { deposits, anchored, oneTransactionEach } = report.perDeposit;
  return [
    {
      name: 'anchor.gas',
      value: anchored,
      unit: 'gas/deposit',
      floor: oneTransactionEach,
      ratio: anchored / oneTransactionEach,
      deposits,
    },
  ];
}

const args = process.argv.slice(2);
const json = args.includes('--json');
const [name = ''] = args.filter((arg) => !arg.startsWith('--'));
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json]`);
  process.exitCode = 2;
} else {
  for (const result of await bench()) {
    console.log(json ? JSON.stringify(result) : describeResult(result));
  }
}
