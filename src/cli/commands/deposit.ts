import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { openInstallation } from '../../compose.ts';
import { readConfig } from '../../config.ts';
import type { DepositCommand, DepositContent } from '../../evidence/ports.ts';
import { parseJson } from '../../formats/jcs.ts';
import { isKind, type Kind } from '../../formats/taxonomy.ts';
import { EXIT, print, printJson } from '../output.ts';

interface DepositOptions {
  loan: string;
  kind: Kind;
  occurredAt: string;
  system: string;
  eventId: string;
  title?: string;
  mediaType?: string;
  record?: boolean;
  json?: boolean;
}

function kindName(name: string): Kind {
  if (isKind(name)) return name;
  throw new InvalidArgumentError('not a kind of the taxonomy (docs/formats/taxonomy.md).');
}

/** `cunzheng deposit`: one artifact from a file. */
export function addDepositCommand(program: Command): void {
  program
    .command('deposit')
    .description('deposit one file or JSON record')
    .argument('<file>')
    .requiredOption('--loan <reference>', "the lender's own loan identifier")
    .requiredOption('--kind <kind>', 'kind of the taxonomy', kindName)
    .requiredOption('--occurred-at <time>', 'when it happened: RFC 3339 date or time')
    .requiredOption('--system <name>', 'source system')
    .requiredOption('--event-id <id>', 'identifier of the event there; twice gives the same entry')
    .option('--title <text>', 'shown in evidence lists; no personal data')
    .option('--media-type <type>', 'of a file', 'application/octet-stream')
    .option('--record', 'the file holds a JSON record')
    .option('--json', 'acknowledgement as JSON')
    .action(async (file: string, options: DepositOptions) => {
      process.exitCode = await deposit(file, options);
    });
}

async function deposit(file: string, options: DepositOptions): Promise<number> {
  const bytes = new Uint8Array(readFileSync(file));
  const { loan, kind, occurredAt, system, eventId, title } = options;
  const content: DepositContent = options.record
    ? { form: 'record', record: parseJson(bytes) }
    : {
        form: 'file',
        name: basename(file),
        mediaType: options.mediaType ?? 'application/octet-stream',
        bytes,
      };
  const command: DepositCommand = {
    loan,
    kind,
    occurredAt,
    source: { system, eventId },
    content,
    ...(title === undefined ? {} : { title }),
  };
  const installation = await openInstallation(readConfig());
  try {
    const { receipt, ...entry } = await installation.evidence.acceptDeposit(command);
    await installation.publishAndAnchor();
    if (options.json) printJson({ ...entry, receipt });
    else {
      print(
        `${entry.duplicate ? 'known already' : 'deposited'}: ${entry.evidenceNo} number ${entry.seq}`,
      );
      print(receipt);
    }
    return EXIT.passed;
  } finally {
    await installation.close();
  }
}
