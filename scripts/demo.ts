import { printError } from '../src/cli/output.ts';
import { runDemo } from '../src/demo/run-demo.ts';

// `npm run demo [-- --once] [--lang zh|en]`
try {
  process.exitCode = await runDemo(process.argv.slice(2));
} catch (error) {
  printError(error, false);
  process.exitCode = 1;
}
