import { benchAudit } from '../bench/audit.ts';
import { benchDeposit, type DepositBench } from '../bench/deposit.ts';
import { measureGas, renderGasReport } from '../bench/gas.ts';
import { benchLog, benchOne } from '../bench/log.ts';
import { benchPackage } from '../bench/package.ts';
import { type BenchResult, describeResult } from '../bench/result.ts';
import { benchVerify } from '../bench/verify.ts';

// `npm run bench -- deposit|log|proof|verify|restart|package|gas [--json] [--entries N]`
const BENCHES: Record<string, () => Promise<BenchResult[]> | AsyncIterable<BenchResult>> = {
  deposit: () => benchDeposit(depositOptions()),
  package: () => benchPackage(30),
  audit: () => benchAudit(100_000),
  gas: gasResults,
  log: () => benchLog(entries(1_000_000)),
  proof: () => benchOne(entries(1_000_000), 'proof'),
  restart: () => benchOne(entries(1_000_000), 'restart'),
  verify: () => benchVerify(),
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

function entries(usual: number): number {
  return Number(option('entries') ?? usual);
}

/** `--entries N --rate N --seconds N --only bulk|single|file` */
function depositOptions(): DepositBench {
  const number = (flag: string, usual: number) => Number(option(flag) ?? usual);
  return {
    entries: entries(100_000),
    rate: number('rate', 5_000),
    seconds: number('seconds', 10),
    only: option('only'),
  };
}

function option(flag: string): string | undefined {
  const at = args.indexOf(`--${flag}`);
  return at < 0 ? undefined : args[at + 1];
}

const args = process.argv.slice(2);
const json = args.includes('--json');
const [name = ''] = args;
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`usage: npm run bench -- ${Object.keys(BENCHES).join('|')} [--json] [--entries N]`);
  process.exitCode = 2;
} else {
  for await (const result of await bench()) {
    console.log(json ? JSON.stringify(result) : describeResult(result));
  }
}
