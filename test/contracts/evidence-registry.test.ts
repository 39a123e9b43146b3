import { expect } from 'chai';
import { ZeroAddress } from 'ethers';
import { describeRevert } from '../../src/adapters/chain/evidence-registry.ts';
import { proofOf, rootOf } from './merkle-cases.ts';
import { deployRegistry, logIdOf, type RegistryOnChain } from './registry-on-chain.ts';

describe('EvidenceRegistry: heads and roles', function () {
  this.timeout(20_000);
  let chain: RegistryOnChain;
  let next = 0;

  /** A log of its own for each test. */
  const openLog = async () => {
    const log = logIdOf(next++);
    const accounts = [chain.admin.address, chain.publisher.address];
    const opened = await chain.send(chain.admin, 'registerLog', [log, ...accounts]);
    expect(opened.succeeded).to.equal(true);
    return log;
  };
  const anchor = (log: string, from: number, to: number) =>
    chain.send(chain.publisher, 'anchor', [
      log,
      to,
      rootOf(to),
      from === 0 ? [] : proofOf(from, to),
    ]);

  before(async () => {
    chain = await deployRegistry();
  });
  after(() => chain.close());

  it('starts without a head and remembers size, block and time of each anchored root', async () => {
    const log = await openLog();
    expect(await chain.view('head', [log])).to.deep.equal([0n, logIdOf(-1)]);
    const seen: [number, number, number][] = [];
    for (const [from, to] of [
      [0, 3],
      [3, 7],
      [7, 8],
    ] as const) {
      expect((await anchor(log, from, to)).succeeded).to.equal(true);
      const { number, time } = await chain.tip();
      seen.push([to, number, time]);
    }
    expect(await chain.view('head', [log])).to.deep.equal([8n, rootOf(8)]);
    for (const [size, number, time] of seen) {
      const [stored] = await chain.view('anchorOf', [log, rootOf(size)]);
      expect([...(stored as bigint[])]).to.deep.equal([BigInt(size), BigInt(number), BigInt(time)]);
    }
    const [never] = await chain.view('anchorOf', [log, rootOf(5)]);
    expect([...(never as bigint[])]).to.deep.equal([0n, 0n, 0n]);
  });

  it('tells old and new size in the event', async () => {
    const log = await openLog();
    await anchor(log, 0, 3);
    const { logs } = await anchor(log, 3, 10);
    const args = [log, rootOf(10), 3n, 10n];
    expect(logs).to.deep.equal([{ name: 'CheckpointAnchored', args }]);
  });

  it('begins at any size, so that a log can move here, but only with an empty proof', async () => {
    const log = await openLog();
    const withProof = [log, 50, rootOf(50), [rootOf(1)]];
    expect(await chain.attempt(chain.publisher, 'anchor', withProof)).to.equal(
      `EvidenceRegistryInconsistent(${log}, 0, 50, ${rootOf(50)})`,
    );
    expect((await anchor(log, 0, 50)).succeeded).to.equal(true);
  });

  it('refuses a size that does not grow, and changes nothing', async () => {
    const log = await openLog();
    await anchor(log, 0, 9);
    for (const size of [0, 1, 8, 9]) {
      const result = await chain.send(chain.publisher, 'anchor', [log, size, rootOf(size), []]);
      expect(result.succeeded).to.equal(false);
      expect(result.revert).to.equal(`EvidenceRegistryNotGrowing(${log}, 9, ${size})`);
    }
    expect(await chain.view('head', [log])).to.deep.equal([9n, rootOf(9)]);
  });

  it('refuses a history that was rewritten', async () => {
    const log = await openLog();
    await anchor(log, 0, 9);
    const other = [log, 20, rootOf(21), proofOf(9, 20)];
    const result = await chain.send(chain.publisher, 'anchor', other);
    expect(result.succeeded).to.equal(false);
    expect(result.revert).to.match(/^EvidenceRegistryInconsistent\(.*, 9, 20, /);
    expect(await chain.view('head', [log])).to.deep.equal([9n, rootOf(9)]);
  });

  it('lets the publisher alone anchor, not even the admin', async () => {
    const log = await openLog();
    for (const from of [chain.stranger, chain.admin]) {
      const refusal = await chain.attempt(from, 'anchor', [log, 1, rootOf(1), []]);
      expect(refusal).to.equal(`EvidenceRegistryNotPublisher(${log}, ${from.address})`);
    }
    const unopened = [logIdOf(99_999), 1, rootOf(1), []];
    const refusal = await chain.attempt(chain.publisher, 'anchor', unopened);
    expect(refusal).to.match(/^EvidenceRegistryNotPublisher/);
  });

  it('keeps logs apart', async () => {
    const [one, two] = [await openLog(), await openLog()];
    await anchor(one, 0, 5);
    expect(await chain.view('head', [two])).to.deep.equal([0n, logIdOf(-1)]);
    const [stored] = await chain.view('anchorOf', [two, rootOf(5)]);
    expect((stored as bigint[])[0]).to.equal(0n);
  });

  it('opens a log once, with real accounts and a real id', async () => {
    const log = await openLog();
    const { stranger } = chain;
    const again = [log, stranger.address, stranger.address];
    expect(await chain.attempt(stranger, 'registerLog', again)).to.equal(
      `EvidenceRegistryLogExists(${log})`,
    );
    const zeroId = [logIdOf(-1), stranger.address, stranger.address];
    expect(await chain.attempt(stranger, 'registerLog', zeroId)).to.equal(
      'EvidenceRegistryLogIdZero()',
    );
    const fresh = logIdOf(88_888);
    for (const accounts of [
      [ZeroAddress, stranger.address],
      [stranger.address, ZeroAddress],
    ]) {
      expect(await chain.attempt(stranger, 'registerLog', [fresh, ...accounts])).to.equal(
        `EvidenceRegistryAccountZero(${fresh})`,
      );
    }
  });

  it('rotates the publisher by the admin alone: the old one is out, the new one goes on', async () => {
    const log = await openLog();
    await anchor(log, 0, 4);
    const to = chain.stranger;
    for (const from of [chain.publisher, chain.stranger]) {
      const refusal = await chain.attempt(from, 'rotatePublisher', [log, to.address]);
      expect(refusal).to.equal(`EvidenceRegistryNotAdmin(${log}, ${from.address})`);
    }
    expect(await chain.attempt(chain.admin, 'rotatePublisher', [log, ZeroAddress])).to.equal(
      `EvidenceRegistryAccountZero(${log})`,
    );
    await chain.send(chain.admin, 'rotatePublisher', [log, to.address]);
    expect(await chain.view('publisherOf', [log])).to.deep.equal([to.address]);
    const step = [log, 6, rootOf(6), proofOf(4, 6)];
    expect(await chain.attempt(chain.publisher, 'anchor', step)).to.match(/NotPublisher/);
    expect((await chain.send(to, 'anchor', step)).succeeded).to.equal(true);
  });

  it('never seats two publishers, whichever way roles are granted', async () => {
    const log = await openLog();
    const [role] = await chain.view('publisherRole', [log]);
    const { admin, publisher, stranger } = chain;
    const grant = [role, stranger.address];
    expect(await chain.attempt(admin, 'grantRole', grant)).to.equal(
      `EvidenceRegistryPublisherSeatTaken(${role}, ${publisher.address}, ${stranger.address})`,
    );
    await chain.send(admin, 'revokeRole', [role, publisher.address]);
    expect(await chain.view('publisherOf', [log])).to.deep.equal([ZeroAddress]);
    expect(await chain.attempt(publisher, 'anchor', [log, 1, rootOf(1), []])).to.match(
      /NotPublisher/,
    );
    expect((await chain.send(admin, 'grantRole', grant)).succeeded).to.equal(true);
    expect(await chain.view('publisherOf', [log])).to.deep.equal([stranger.address]);
  });

  it('lets a publisher give its seat up, and nobody else fill it but the admin', async () => {
    const log = await openLog();
    const [role] = await chain.view('publisherRole', [log]);
    const { admin, publisher, stranger } = chain;
    await chain.send(publisher, 'renounceRole', [role, publisher.address]);
    expect(await chain.view('publisherOf', [log])).to.deep.equal([ZeroAddress]);
    const refusal = await chain.attempt(stranger, 'grantRole', [role, stranger.address]);
    expect(refusal).to.match(/^AccessControlUnauthorizedAccount/);
    await chain.send(admin, 'rotatePublisher', [log, publisher.address]);
    expect((await anchor(log, 0, 2)).succeeded).to.equal(true);
  });

  it('has no account above the admins of the logs', async () => {
    const log = await openLog();
    const [root] = await chain.view('DEFAULT_ADMIN_ROLE', []);
    for (const account of [chain.admin, chain.publisher, chain.stranger]) {
      expect(await chain.view('hasRole', [root, account.address])).to.deep.equal([false]);
      expect(await chain.attempt(account, 'grantRole', [root, account.address])).to.match(
        /^AccessControlUnauthorizedAccount/,
      );
    }
    const [role] = await chain.view('adminRole', [log]);
    expect(await chain.view('getRoleAdmin', [role])).to.deep.equal([role]);
  });

  it('names no revert where there is none', () => {
    expect(describeRevert(new Error('no data'))).to.equal(null);
    expect(describeRevert({ data: '0x12345678' })).to.equal(null);
  });
});
