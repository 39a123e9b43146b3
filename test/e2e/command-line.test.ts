import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { cunzheng, PROJECT, run, type Serving, serve } from '../support/command-line.ts';
import { scratchFolder } from '../support/evidence-rig.ts';

const LOAN = 'L-2026-000123';

describe('cunzheng, the command line', function () {
  this.timeout(300_000);
  const scratch = scratchFolder();
  const at = (...names: string[]) => join(scratch.path, ...names);
  const data = at('data');
  let evidenceNo = '';

  after(() => scratch.remove());

  function depositArgs(eventId: string, file = at('record.json')): string[] {
    return [
      ...['deposit', file, '--record', '--loan', LOAN, '--kind', 'repayment'],
      ...['--occurred-at', '2026-03-31', '--system', 'core-bank', '--event-id', eventId],
    ];
  }

  async function sound(args: string[], env: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await cunzheng(args, data, env);
    expect(code, `${args.join(' ')}\n${stdout}${stderr}`).to.equal(0);
    return stdout;
  }

  describe('help', () => {
    const commands = [
      ...['', 'serve', 'user', 'user add', 'user list', 'user revoke', 'court', 'court serve'],
      ...['court sender', 'deposit', 'import', 'matter', 'package', 'submit', 'verify', 'log'],
      ...['log status', 'log check', 'log history', 'log proof', 'log receipt', 'log content'],
      ...['log completeness', 'log audit', 'log cosign-key', 'log add-cosignature'],
      ...['loan', 'loan list', 'loan history', 'loan prove', 'chain', 'chain status'],
    ];

    /** What each command says to --help, all asked in one process. */
    const said = new Map<string, string>();

    before(async () => {
      const main = pathToFileURL(join(PROJECT, 'src/cli/main.ts')).href;
      const program = `const { main } = await import(${JSON.stringify(main)});
        for (const command of ${JSON.stringify(commands)}) {
          console.log('\\0' + command + '\\0');
          const code = await main([...command.split(' ').filter(Boolean), '--help']);
          console.log('\\0' + code);
        }`;
      const args = ['--input-type=module', '-e', program];
      const env = { CUNZHENG_DATA: at('untouched') };
      const { stdout, stderr } = await run(process.execPath, args, { env });
      expect(stderr).to.equal('');
      const parts = stdout.split('\0').slice(1);
      for (let i = 0; i + 2 < parts.length; i += 3) {
        expect(parts[i + 2]?.trim(), parts[i]).to.equal('0');
        said.set(parts[i] ?? '', parts[i + 1] ?? '');
      }
    });

    it('exists for every command and touches no data', () => {
      expect([...said.keys()]).to.deep.equal(commands);
      for (const [command, text] of said) {
        expect(text, command).to.match(new RegExp(`^\\s*Usage: cunzheng ?${command}`));
      }
      expect(existsSync(at('untouched'))).to.equal(false);
    });

    it('states the exit codes where they carry a verdict', () => {
      for (const command of ['', 'verify', 'import', 'package', 'submit', 'log check']) {
        expect(said.get(command), command).to.match(/^Exit: 0 .*1 /m);
      }
    });

    it('answers an unknown command, a missing option and a wrong value with 2', async () => {
      const [, ...repayment] = depositArgs('e');
      for (const args of [
        ['nothing'],
        [],
        ['matter', '--filing', 'demo-cn'],
        ['matter', '--filing', 'demo-cn', '--as-of', '2026-02-30'],
        ['deposit', ...repayment.map((word) => (word === 'repayment' ? 'present' : word))],
        ['serve', '--port', '70000'],
        ['import', '--profile', 'nowhere', scratch.path],
      ]) {
        const { code, stderr } = await cunzheng(args, at('untouched'));
        expect(code, args.join(' ')).to.equal(2);
        expect(stderr, args.join(' '))
          .to.match(/\S/)
          .and.not.match(/^ {4}at /m);
      }
      const wrong = await cunzheng(['log', 'status'], at('untouched'), { CUNZHENG_PORT: 'many' });
      expect([wrong.code, wrong.stderr.split(':')[0]]).to.deep.equal([2, 'CONFIG_INVALID']);
    });
  });

  describe('deposits and the log', () => {
    before(() => {
      writeFileSync(at('record.json'), '{"amount":"812.50","date":"2026-03-31"}');
    });

    it('deposits a record once', async () => {
      const first = JSON.parse(await sound([...depositArgs('pay-88120'), '--json']));
      expect(first).to.include({ seq: 0, duplicate: false });
      evidenceNo = first.evidenceNo;
      const again = JSON.parse(await sound([...depositArgs('pay-88120'), '--json']));
      expect(again).to.include({ evidenceNo, seq: 0, duplicate: true });
      expect(again.receipt).to.equal(first.receipt);
      expect(await sound(depositArgs('pay-88120'))).to.include(
        `known already: ${evidenceNo} number 0`,
      );
      writeFileSync(at('other.json'), '{"amount":"812.51","date":"2026-03-31"}');
      const conflict = await cunzheng(depositArgs('pay-88120', at('other.json')), data);
      expect([conflict.code, conflict.stderr.split(':')[0]]).to.deep.equal([2, 'EVENT_CONFLICT']);
    });

    it('keeps secrets to itself', () => {
      expect(statSync(data).mode & 0o777).to.equal(0o700);
      for (const name of [
        'log.key',
        'master.key',
        'index.key',
        '../secrets.db',
        'chain-publisher.key',
        'signing/signer.key.pem',
      ]) {
        expect(statSync(join(data, 'keys', name)).mode & 0o777, name).to.equal(0o600);
      }
    });

    it('shows history, content, proof, receipt and completeness, by reference and by number', async () => {
      const history = await sound(['log', 'history', LOAN]);
      expect(history).to.match(
        new RegExp(`^${evidenceNo}\\n +0 +2026-03-31 +repayment +log index 0, `),
      );
      expect(await sound(['log', 'history', evidenceNo])).to.equal(history);
      const asked = ['--ground', '（2026）示0101民初1号', '--by', '法务部'];
      const content = await sound(['log', 'content', LOAN, '0', ...asked]);
      expect(content).to.equal('{"amount":"812.50","date":"2026-03-31"}');
      for (const kind of ['content', 'proof', 'receipt']) {
        const why = kind === 'receipt' ? [] : asked;
        await sound(['log', kind, LOAN, '0', '-o', at(`${kind}.json`), ...why]);
      }
      await sound(['log', 'completeness', evidenceNo, '-o', at('all.json')]);
      const policy = ['--policy', join(data, 'policy.json')];
      await sound(['verify', at('content.json'), '--proof', at('proof.json'), ...policy]);
      await sound(['verify', at('receipt.json'), '--completeness', at('all.json'), ...policy]);
      for (const name of ['receipt.json', 'all.json', 'content.json']) {
        expect(statSync(at(name)).mode & 0o777, name).to.equal(0o600);
      }
      const unknown = await cunzheng(['log', 'proof', LOAN, '7', ...asked], data);
      expect(unknown.code, unknown.stderr).to.equal(2);
      expect(unknown.stderr).to.not.match(/^ {4}at /m);
      expect((await cunzheng(['log', 'history', 'L-none'], data)).code).to.equal(2);
    });

    it('tells the state of log and chain', async () => {
      const status = JSON.parse(await sound(['log', 'status', '--json']));
      // The deposit, the map, and what was taken out above: twice the content, once the proof.
      expect(status.entries).to.equal(5);
      const [anchor] = status.anchors;
      const chain = JSON.parse(await sound(['chain', 'status', '--json']));
      const [target] = chain.targets;
      expect(target).to.include({ target: 'embedded', state: 'IDLE', lag: 0 });
      expect(target.chain).to.include({ chainId: anchor.chainId, registry: anchor.registry });
      expect(await sound(['log', 'status'])).to.include(`block ${anchor.blockNumber}`);
      expect(await sound(['chain', 'status'])).to.include('2 entries, all that is published');
    });

    it('checks everything, and names a byte that was changed', async () => {
      expect(await sound(['log', 'check'])).to.include('✔ everything is as it was written');
      expect(JSON.parse(await sound(['log', 'check', '--json'])).findings).to.deep.equal([]);
      const tile = join(data, 'log/tile/0/000.p/2');
      const bytes = readFileSync(tile);
      writeFileSync(tile, Buffer.from(bytes.map((byte, i) => (i === 5 ? byte ^ 1 : byte))));
      const { code, stdout } = await cunzheng(['log', 'check'], data);
      expect(code).to.equal(1);
      expect(stdout).to.match(/^✘ .*tile\/0\/000\.p\/2/m);
      const refused = await cunzheng(depositArgs('pay-88121'), data);
      expect([refused.code, refused.stderr.split(':')[0]]).to.deep.equal([
        2,
        'INSTALLATION_DAMAGED',
      ]);
      writeFileSync(tile, bytes);
      await sound(['log', 'check']);
    });
  });

  describe('the service', () => {
    let service: Serving;
    let key = '';

    before(async () => {
      service = await serve(data, { CUNZHENG_CHECKPOINT_SECONDS: '1' });
    });

    after(async () => {
      service?.child.kill('SIGKILL');
    });

    const send = (bearer: string, eventId: string) =>
      fetch(`${service.url}/v1/deposits`, {
        method: 'POST',
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
        body: JSON.stringify({
          loan: LOAN,
          kind: 'repayment',
          occurredAt: '2026-04-30',
          source: { system: 'core-bank', eventId },
          record: { amount: '812.50', date: '2026-04-30' },
        }),
      });

    it('takes a deposit with a key that was made while it runs', async () => {
      key = (await sound(['user', 'add', 'core', '--role', 'depositor'])).trim();
      expect(await sound(['user', 'list'])).to.equal('core  depositor\n');
      const answer = await send(key, 'http-1');
      expect(answer.status).to.equal(201);
      expect(await answer.json()).to.include({ evidenceNo, seq: 4 });
      expect((await send(key, 'http-1')).status).to.equal(200);
      expect((await send('nobody', 'http-2')).status).to.equal(401);
      expect(readFileSync(join(data, 'keys/api-keys.json'), 'utf8')).not.to.include(key);
    });

    it('lets no second process open the data folder', async () => {
      for (const args of [['log', 'status'], depositArgs('pay-88122')]) {
        const { code, stdout, stderr } = await cunzheng(args, data);
        expect([code, stdout]).to.deep.equal([2, '']);
        expect(stderr).to.match(/^CHAIN_IN_USE: another process has .* open\n→ Stop the other/);
      }
    });

    it('refuses a key that was revoked', async () => {
      await sound(['user', 'revoke', 'core']);
      expect(await sound(['user', 'list'])).to.equal('');
      expect((await send(key, 'http-3')).status).to.equal(401);
      expect((await cunzheng(['user', 'revoke', 'core'], data)).code).to.equal(1);
    });

    it('ends at SIGTERM, with everything kept', async () => {
      const { code, stderr } = await service.stop();
      expect(code, stderr).to.equal(0);
      expect(stderr).not.to.include(LOAN).and.not.to.include('812.50').and.not.to.include(key);
      const history = await sound(['log', 'history', LOAN]);
      expect(history.match(/log index/g)).to.have.length(5);
      await sound(['log', 'check']);
    });
  });

  describe('on an old Node', () => {
    /** A Node older than 22.18 outside of the project. */
    const old = ['/usr/local/bin/node', '/usr/bin/node', '/opt/node20/bin/node'].find((path) => {
      if (!existsSync(path)) return false;
      const version = spawnSync(path, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout;
      const [major = 0, minor = 0] = version.trim().split('.').map(Number);
      return major < 22 || (major === 22 && minor < 18);
    });
    const script = join(PROJECT, 'bin', 'cunzheng.mjs');

    before(function () {
      if (old !== undefined) return;
      console.log('      skipped: no Node older than 22.18 is installed');
      this.skip();
    });

    it('hands over to the Node of the project, with arguments, output and exit code', async () => {
      const env = { CUNZHENG_DATA: data };
      const done = await run(old ?? '', [script, 'log', 'history', LOAN], { env });
      expect(done.code, done.stderr).to.equal(0);
      expect(done.stdout).to.include(evidenceNo);
      expect((await run(old ?? '', [script, 'verify', at('nothing')], { env })).code).to.equal(2);
      const open = await run(old ?? '', [script, 'verify', at('receipt.json')], { env });
      expect(open.code).to.equal(3);
    });

    it('takes the service with it when it is told to end', async () => {
      const service = await serve(data, {}, old);
      const { code, stderr } = await service.stop();
      expect(code, stderr).to.equal(0);
      // The folder is free again: the process that held it is gone.
      await sound(['log', 'status']);
    });
  });
});
