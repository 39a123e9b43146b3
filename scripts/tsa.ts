// A time-stamping authority on `openssl ts`, for trying things out: its clock is this machine's.
//   node scripts/tsa.ts FOLDER [PORT]
import { join, resolve } from 'node:path';
import { startOpensslTsa } from '../src/demo/openssl-tsa.ts';

const [folder, port = '8600'] = process.argv.slice(2);
if (folder === undefined || !/^\d+$/.test(port)) {
  process.stderr.write('node scripts/tsa.ts FOLDER [PORT]\n');
  process.exitCode = 2;
} else {
  const names = {
    organization: '示范时间戳服务中心',
    authority: '示范可信时间戳',
    root: '示范时间戳根证书',
  };
  const tsa = await startOpensslTsa({ folder: resolve(folder), port: Number(port), names });
  process.stdout.write(`time stamps  ${tsa.url}\nrevocation   ${tsa.crlUrl}\n`);
  process.stdout.write(`root         ${join(resolve(folder), 'root.pem')}\n`);
  process.once('SIGINT', () => void tsa.stop());
  process.once('SIGTERM', () => void tsa.stop());
}
