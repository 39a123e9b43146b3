import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSecretFile } from '../adapters/keys/key-files.ts';
import { systemClock } from '../adapters/system/system-ports.ts';
import { chosenLoans, requestFor } from '../cli/commands/matter.ts';
import { anchoredSize } from '../cli/commands/package.ts';
import { untilStopped } from '../cli/commands/serve.ts';
import { languageOf, Progress, print } from '../cli/output.ts';
import { type Installation, openInstallation } from '../compose.ts';
import { openLitigation, readFilingProfile } from '../compose-litigation.ts';
import { writePartySheet } from '../compose-party-sheet.ts';
import { type Service, startService } from '../compose-service.ts';
import { submitPrepared } from '../compose-submission.ts';
import { type Config, readConfig } from '../config.ts';
import type { CheckpointRow } from '../evidence/ports.ts';
import { parsePolicy } from '../formats/policy.ts';
import type { StatedTimestamp } from '../litigation/package/case-context.ts';
import { type CaseOutcome, fileCases } from '../litigation/package/file-cases.ts';
import { statedTimestamps } from '../litigation/package/stated-timestamps.ts';
import type { VerificationReport } from '../verify/report.ts';
import { verifyPackage } from '../verify/verify-package.ts';
import { startDemoCourt } from './demo-court.ts';
import { openDemoSeal } from './demo-seal.ts';
import { startDemoTsa } from './demo-tsa.ts';
import { depositPortfolio } from './deposit-portfolio.ts';
import { LENDER } from './portfolio/lender.ts';
import type { Seal } from './portfolio/studio.ts';
import { type DemoResult, renderSummary } from './summary.ts';
import { tamper } from './tamper.ts';

/** Loans of the portfolio, unless `--loans` says otherwise; the plan of fates has 30. */
const LOANS = 30;

/**
 * The whole way with a made-up portfolio and everything else real: deposits, anchors, files every
 * loan in default, verifies each package from its file alone, shows a forgery being refused, hands
 * the packages to a court in a process of its own, deposits its receipts. A second run, also after a
 * kill, goes on where the first ended.
 */
export async function runDemo(args: string[]): Promise<number> {
  const once = args.includes('--once');
  const language = languageOf(argument(args, '--lang'), process.env);
  const base = readConfig();
  const config: Config = {
    ...base,
    lender: LENDER.name,
    ...(once ? { port: 0, rpcPort: 0 } : {}),
  };
  // Before the installation is opened: its policy names the authority's root.
  const tsa = await startDemoTsa(config.dataFolder);
  // Likewise: the checks of signatures read the roots that are named when it is opened.
  const seal = await openDemoSeal(config.dataFolder);
  const service = await openService(config).catch(async (error) => {
    await tsa?.stop();
    throw error;
  });
  let stopCourt: (() => Promise<void>) | undefined;
  try {
    const court = await startDemoCourt({
      projectFolder: config.projectFolder,
      courtFolder: join(config.dataFolder, 'court'),
      policyFile: join(config.dataFolder, 'policy.json'),
      entryFile: join(config.dataFolder, 'court-entry.json'),
      rpcUrls: service.rpcUrl === undefined ? [] : [service.rpcUrl],
      port: once ? 0 : 8500,
      lender: 'demo-lender',
    });
    stopCourt = court.stop;
    const loans = Number(argument(args, '--loans') ?? LOANS);
    const result = await wholeWay(service, court.entry, loans, seal);
    print(renderSummary(result, language));
    if (!once) {
      const stopped = untilStopped();
      print(serving(service, court.entry.url, language));
      await stopped;
    }
    return result.sound ? 0 : 1;
  } finally {
    await stopCourt?.();
    await service.close();
    await tsa?.stop();
  }
}

async function openService(config: Config): Promise<Service> {
  const installation = await openInstallation(config);
  return startService(config, installation).catch(async (error) => {
    await installation.close();
    throw error;
  });
}

function argument(args: string[], name: string): string | undefined {
  const at = args.indexOf(name);
  return at < 0 ? undefined : args[at + 1];
}

/** The day of the demonstration: end of the month before the first run, kept for later runs. */
function cutOffDay(dataFolder: string): string {
  const path = join(dataFolder, 'demo.json');
  if (!existsSync(path)) {
    const now = systemClock.now();
    const end = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 0));
    writeSecretFile(path, JSON.stringify({ asOf: end.toISOString().slice(0, 10) }));
  }
  return (JSON.parse(readFileSync(path, 'utf8')) as { asOf: string }).asOf;
}

async function wholeWay(
  service: Service,
  court: Parameters<typeof submitPrepared>[1],
  loans: number,
  seal: Seal,
): Promise<DemoResult> {
  const { installation } = service;
  const { config, evidence } = installation;
  const asOf = cutOffDay(config.dataFolder);
  const progress = new Progress('depositing');
  const portfolio = await depositPortfolio(
    evidence,
    { seed: 'demo', loans, asOf },
    (done, total) => progress.update(done, total),
    seal,
  );
  progress.end();
  const size = await anchoredSize(installation);
  await installation.timestamping.tick();
  const outcomes = await fileAll(service, asOf, size);
  const packages = outcomes.flatMap((it) => ('package' in it ? [it.package] : []));
  const policy = parsePolicy(readFileSync(join(config.dataFolder, 'policy.json')));
  const context = { policy, now: systemClock.now() };
  const read = (path: string) =>
    new Uint8Array(readFileSync(join(config.dataFolder, 'packages', path)));
  const verified: VerificationReport[] = packages.map(({ path }) =>
    verifyPackage(read(path), context),
  );
  const [victim] = packages;
  const tampered = victim === undefined ? [] : await tamper(read(victim.path), context);
  const submissions = await submitPrepared(installation, court, { concurrency: 2 });
  const answered = (await installation.ledger.latest()).filter(({ state }) => state === 'answered');
  const last = await installation.publishAndAnchor();
  const anchors = last.checkpoint ? await installation.anchorsOf(last.checkpoint) : [];
  await installation.timestamping.tick();
  return {
    asOf,
    dataFolder: config.dataFolder,
    portfolio,
    entries: await evidence.treeSize(),
    outcomes,
    verified,
    tampered,
    submissions,
    answered,
    anchors,
    stamps: await stampsOf(installation, last.checkpoint),
    court: court.name,
    sound:
      outcomes.every(({ outcome }) => outcome !== 'failed') &&
      verified.every(({ verdict }) => verdict === 'passed') &&
      tampered.every(({ report }) => report.verdict === 'failed') &&
      submissions.every(({ outcome }) => outcome === 'answered'),
  };
}

async function stampsOf(
  { evidence, policy }: Installation,
  checkpoint: CheckpointRow | undefined,
): Promise<StatedTimestamp[]> {
  if (checkpoint === undefined) return [];
  const records = await evidence.timestampsOf(checkpoint);
  return statedTimestamps(records, checkpoint, policy, systemClock.now());
}

async function fileAll(service: Service, asOf: string, size: number): Promise<CaseOutcome[]> {
  const { installation } = service;
  const profile = readFilingProfile(installation.config.projectFolder, 'demo-cn');
  const loans = await chosenLoans(installation, undefined);
  const progress = new Progress('preparing cases');
  const outcomes: CaseOutcome[] = [];
  const ports = openLitigation(installation);
  for await (const outcome of fileCases(loans, requestFor(profile, asOf, size), ports)) {
    outcomes.push(outcome);
    progress.update(outcomes.length, loans.length);
  }
  progress.end();
  await writePartySheet(installation, profile, outcomes);
  return outcomes;
}

function serving(service: Service, courtUrl: string, language: 'zh' | 'en'): string {
  const lines = {
    zh: ['服务继续运行（Ctrl-C 停止）', '存证接口', '区块链 RPC', '法院接收端'],
    en: ['Still serving (Ctrl-C stops it)', 'evidence API', 'chain RPC', 'court intake'],
  }[language];
  const [title, api, rpc, court] = lines;
  return `${title}\n  ${api}: ${service.url}\n  ${rpc}: ${service.rpcUrl ?? '-'}\n  ${court}: ${courtUrl}\n`;
}
