import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect } from 'chai';
import {
  hasOpenssl,
  issue,
  type OpensslTsa,
  openssl,
  startOpensslTsa,
} from '../../../src/demo/openssl-tsa.ts';
import { TimestampError } from '../../../src/evidence/timestamp/ports.ts';
import { fromBase64, utf8 } from '../../../src/formats/bytes.ts';
import { sha256 } from '../../../src/formats/digest.ts';
import { derChildren, readDer } from '../../../src/verify/der.ts';
import { verifyTimestampToken } from '../../../src/verify/time-stamp.ts';
import { scratchFolder } from '../../support/evidence-rig.ts';
import {
  type ClientOptions,
  clientOf,
  forgedAnswer,
  honest,
  oddServer,
  pemFile,
  TSA_NAMES,
  tstInfo,
} from '../../support/time-stamping.ts';
import { run } from '../signing/test-authority.ts';

const stamped = utf8('origin\n7\nroot\n\n— origin signature\n');

/** The code with which the client refuses what a server answers. */
async function refusal(options: ClientOptions): Promise<string> {
  try {
    await clientOf(options).stamp(stamped);
    return 'accepted';
  } catch (error) {
    if (!(error instanceof TimestampError)) throw error;
    expect(error.remedy).to.not.equal('');
    return error.code;
  }
}

describe('a time-stamping authority of openssl', function () {
  this.timeout(20_000);
  const scratch = scratchFolder();
  const folder = join(scratch.path, 'tsa');
  let tsa: OpensslTsa;
  let roots: Uint8Array[];

  before(async function () {
    if (!hasOpenssl()) this.skip(); // openssl is not installed
    tsa = await startOpensslTsa({ folder, port: 0, names: TSA_NAMES });
    roots = [pemFile(tsa.rootsFile)];
  });
  after(async () => {
    await tsa?.stop();
    scratch.remove();
  });

  /** Refusal of what `answer` makes of a query. */
  async function answering(
    answer: Parameters<typeof oddServer>[0],
    more: Partial<ClientOptions> = {},
  ): Promise<string> {
    const server = await oddServer(answer);
    try {
      return await refusal({ url: server.url, roots, ...more });
    } finally {
      await server.stop();
    }
  }

  it('gives a token that the verifier passes, with its list', async () => {
    const { evidence, time } = await clientOf({
      url: tsa.url,
      roots,
      crlUrls: [tsa.crlUrl],
    }).stamp(stamped);
    const verdict = verifyTimestampToken(evidence, stamped, { trustedRoots: roots });
    expect(verdict).to.include({ result: 'passed', revocationChecked: true });
    expect(verdict.authority).to.contain(TSA_NAMES.authority);
    expect(Math.abs(Date.parse(time) - Date.now())).to.be.below(10_000);
  });

  it('gives what openssl itself verifies', async () => {
    const { evidence } = await clientOf({ url: tsa.url, roots }).stamp(stamped);
    writeFileSync(join(folder, 'kept.tst'), fromBase64(evidence.token));
    writeFileSync(join(folder, 'stamped'), stamped);
    const files = ['-in', join(folder, 'kept.tst'), '-token_in', '-data', join(folder, 'stamped')];
    const { output } = run('openssl', ['ts', '-verify', ...files, '-CAfile', tsa.rootsFile]);
    expect(output).to.contain('Verification: OK');
  });

  it('says when there is no list to check', async () => {
    const { evidence } = await clientOf({ url: tsa.url, roots }).stamp(stamped);
    expect(evidence.crls).to.deep.equal([]);
    const verdict = verifyTimestampToken(evidence, stamped, { trustedRoots: roots });
    expect(verdict).to.include({ result: 'passed', revocationChecked: false });
  });

  it('refuses a token over something else', async () => {
    const other = await forgeable({ imprint: sha256(utf8('other')) });
    expect(await answering(other)).to.equal('TSA_WRONG_IMPRINT');
  });

  it('refuses an old answer sent again, and one without nonce', async () => {
    let first: Uint8Array | undefined;
    const again = async (query: Uint8Array) => {
      first ??= await honest(folder)(query);
      return first;
    };
    const server = await oddServer(again);
    expect(await refusal({ url: server.url, roots })).to.equal('accepted');
    expect(await refusal({ url: server.url, roots })).to.equal('TSA_WRONG_NONCE');
    await server.stop();
    expect(await answering(await forgeable({}, false))).to.equal('TSA_WRONG_NONCE');
  });

  it('refuses a time far from our clock', async () => {
    const late = await forgeable({ time: new Date(Date.now() + 3_600_000) });
    expect(await answering(late)).to.equal('TSA_TIME_IMPLAUSIBLE');
    const clock = { now: () => new Date(Date.now() - 86_400_000) };
    expect(await refusal({ url: tsa.url, roots, clock })).to.equal('TSA_TIME_IMPLAUSIBLE');
  });

  it('refuses another policy than was asked for', async () => {
    const asked = { policy: '1.3.6.1.4.1.99999.3161.1' };
    expect(await refusal({ url: tsa.url, roots, ...asked })).to.equal('accepted');
    expect(await refusal({ url: tsa.url, roots, policy: '1.2.3.4' })).to.equal('TSA_REFUSES');
    expect(await answering(await forgeable({}), asked)).to.equal('TSA_WRONG_POLICY');
  });

  it('refuses certificates of another root, for another use, expired', async () => {
    const strange = await startOpensslTsa({
      folder: join(scratch.path, 'strange'),
      port: 0,
      names: TSA_NAMES,
    });
    expect(await refusal({ url: strange.url, roots })).to.equal('TSA_CERTIFICATE_REFUSED');
    await strange.stop();
    const code = 'TSA_CERTIFICATE_REFUSED';
    const alone = join(folder, 'openssl.cnf');
    await extend(alone, 'no_eku', '');
    await issue(folder, ['-days', '30'], { extensions: 'no_eku', out: 'no-eku.pem' });
    expect(await answering(await forgeable({}, true, 'no-eku.pem'))).to.equal(code);
    await extend(alone, 'two', 'extendedKeyUsage = critical,timeStamping,codeSigning');
    await issue(folder, ['-days', '30'], { extensions: 'two', out: 'two.pem' });
    expect(await answering(await forgeable({}, true, 'two.pem'))).to.equal(code);
    await extend(alone, 'lax', 'extendedKeyUsage = timeStamping');
    await issue(folder, ['-days', '30'], { extensions: 'lax', out: 'lax.pem' });
    expect(await answering(await forgeable({}, true, 'lax.pem'))).to.equal(code);
    const span = ['-startdate', '20200101000000Z', '-enddate', '20210101000000Z'];
    await issue(folder, span, { out: 'old.pem' });
    expect(await answering(await forgeable({}, true, 'old.pem'))).to.equal(code);
  });

  it('refuses a revoked certificate', async () => {
    const other = join(scratch.path, 'revoked');
    const bad = await startOpensslTsa({ folder: other, port: 0, names: TSA_NAMES });
    const options = { url: bad.url, roots: [pemFile(bad.rootsFile)], crlUrls: [bad.crlUrl] };
    expect(await refusal(options)).to.equal('accepted');
    const config = ['ca', '-config', 'openssl.cnf'];
    await openssl(other, [...config, '-revoke', 'tsa.pem', '-crl_reason', 'keyCompromise']);
    await openssl(other, [...config, '-gencrl', '-out', 'root.crl']);
    expect(await refusal(options)).to.equal('TSA_CERTIFICATE_REVOKED');
    await bad.stop();
  });

  it('refuses what is no answer', async () => {
    const bytes = (make: (answer: Uint8Array) => Uint8Array) => async (query: Uint8Array) =>
      make(await honest(folder)(query));
    const malformed = 'TSA_ANSWER_MALFORMED';
    expect(await answering(bytes((answer) => answer.subarray(0, 100)))).to.equal(malformed);
    expect(await answering(bytes(() => new Uint8Array()))).to.equal(malformed);
    expect(await answering(bytes(() => utf8('<html>')))).to.equal(malformed);
    const status = async () => Buffer.from('30053003020102', 'hex');
    expect(await answering(status)).to.equal('TSA_REFUSES');
    const granted = async () => Buffer.from('30053003020100', 'hex');
    expect(await answering(granted)).to.equal(malformed);
    const page = async (
      _: Uint8Array,
      response: { setHeader: CallableFunction; end: CallableFunction },
    ) => {
      response.setHeader('content-type', 'text/html');
      response.end('<html>');
      return undefined;
    };
    expect(await answering(page as never)).to.equal(malformed);
  });

  it('refuses answers that are too long, too slow, an error, a redirect, none', async () => {
    const huge = async () => new Uint8Array(1 << 20);
    expect(await answering(huge)).to.equal('TSA_ANSWER_TOO_LARGE');
    const slow = async () => {
      await wait(600);
      return new Uint8Array();
    };
    expect(await answering(slow, { timeoutMs: 200 })).to.equal('TSA_UNREACHABLE');
    for (const [code, headers] of [
      [500, {}],
      [302, { location: tsa.url }],
      [204, {}],
    ] as const) {
      const odd = await answering(async (_, response) => {
        response.writeHead(code, headers).end();
        return undefined;
      });
      expect(odd, String(code)).to.equal('TSA_UNREACHABLE');
    }
    const torn = await answering(async (_, response) => {
      response.socket?.destroy();
      return undefined;
    });
    expect(torn).to.equal('TSA_UNREACHABLE');
    expect(await refusal({ url: 'http://127.0.0.1:1/', roots })).to.equal('TSA_UNREACHABLE');
  });

  it('never shows the password of an address', async () => {
    const url = 'http://user:geheim@127.0.0.1:1/';
    const failing = clientOf({ url, roots }).stamp(stamped);
    const error = await failing.then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(String(error?.message)).to.contain('127.0.0.1:1').and.not.contain('geheim');
  });

  /** Answers every query with a token of our own making, right but for `fields`. */
  async function forgeable(
    fields: { imprint?: Uint8Array; time?: Date },
    withNonce = true,
    signer = 'tsa.pem',
  ) {
    return async (query: Uint8Array): Promise<Uint8Array> => {
      const nonce = derChildren(readDer(query)).find(
        (node) => node.tag === 0x02 && node.content.length > 4,
      );
      const content = withNonce && nonce !== undefined ? { nonce: nonce.content } : {};
      const info = { imprint: sha256(stamped), time: new Date(), ...fields, ...content };
      return forgedAnswer(folder, tstInfo(info), { signer });
    };
  }

  async function extend(config: string, section: string, line: string): Promise<void> {
    const { appendFile } = await import('node:fs/promises');
    const text = `[${section}]\nbasicConstraints = critical,CA:FALSE\nkeyUsage = critical,digitalSignature\n${line}\n`;
    await appendFile(config, text);
  }
});
