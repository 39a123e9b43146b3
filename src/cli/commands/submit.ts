import type { Command } from 'commander';
import { openInstallation } from '../../compose.ts';
import { openChainEndpoint, readCourtEntry, submitPrepared } from '../../compose-submission.ts';
import { readConfig } from '../../config.ts';
import type { SubmissionResult } from '../../litigation/submission/submit-all.ts';
import { EXIT, Progress, print, printJson } from '../output.ts';

/** `cunzheng submit`: prepared packages to a court; its receipts come back as evidence. */
export function addSubmitCommand(program: Command): void {
  program
    .command('submit')
    .description('hand in every prepared package that the court has not answered yet')
    .requiredOption(
      '--court <file>',
      'court entry: name, url, thumbprint, apiKey (docs/court-protocol.md)',
    )
    .option('--concurrency <number>', 'packages on their way together', Number, 4)
    .option('--json', 'one JSON object')
    .addHelpText(
      'after',
      '\nExit: 0 the court answered every package, 1 not every one, 2 wrong use.',
    )
    .action(async (options: { court: string; concurrency: number; json?: boolean }) => {
      const court = readCourtEntry(options.court);
      const config = readConfig();
      const installation = await openInstallation(config);
      // The court asks the chain while it verifies; the embedded chain answers only while open.
      const endpoint = await openChainEndpoint(installation, config.rpcPort);
      try {
        const progress = new Progress('submitting');
        const results = await submitPrepared(installation, court, {
          concurrency: options.concurrency,
          onProgress: (_result, done, total) => progress.update(done, total),
        });
        progress.end();
        await installation.publishAndAnchor();
        process.exitCode = report(results, options.json === true);
      } finally {
        await endpoint.close();
        await installation.close();
      }
    });
}

function report(results: SubmissionResult[], json: boolean): number {
  const failed = results.filter(({ outcome }) => outcome === 'failed').length;
  if (json) printJson(JSON.parse(JSON.stringify({ submitted: results.length, failed, results })));
  else {
    for (const result of results) print(lineOf(result));
    print(`${results.length} packages handed in, ${failed} without an answer`);
  }
  return failed > 0 ? EXIT.failed : EXIT.passed;
}

function lineOf(result: SubmissionResult): string {
  if (result.outcome === 'failed') return `! ${result.caseId}  ${result.code}: ${result.message}`;
  const { receiptNo, decision } = result.submitted.receipt;
  return `✔ ${result.caseId}  ${decision}  receipt ${receiptNo}`;
}
