import { expect } from 'chai';
import { ROLES, type Role } from '../../../src/api/ports.ts';
import { ROUTES } from '../../../src/api/routes/routes.ts';
import { parseCheckpoint } from '../../../src/formats/checkpoint.ts';
import { cosignatureLine, witnessKey } from '../../../src/formats/cosignature.ts';
import { witnessKey as seededKey, signWithWitness } from '../../vectors/sample-log.ts';
import { bearer, json, postRecord, type RunningApi, repayment, runApi } from './running-api.ts';

// Written out a second time, on purpose: whoever widens access has to say so here as well.
const ALLOWED: Record<string, Role[] | 'public'> = {
  'post /v1/deposits': ['depositor'],
  'post /v1/deposits:batch': ['depositor'],
  'get /v1/loans': ['depositor', 'legal', 'auditor'],
  'get /v1/loans/:evidenceNo': ['legal', 'auditor'],
  'get /v1/loans/:evidenceNo/entries/:seq/receipt': ['depositor', 'legal', 'auditor'],
  'get /v1/loans/:evidenceNo/entries/:seq/proof': ['legal', 'clerk', 'auditor'],
  'get /v1/loans/:evidenceNo/entries/:seq/content': ['legal'],
  'get /v1/loans/:evidenceNo/completeness': ['legal', 'clerk', 'auditor'],
  'post /v1/log/cosignatures': ['auditor'],
  'get /v1/status': ['depositor', 'legal', 'clerk', 'auditor', 'administrator'],
  'get /healthz': 'public',
  'get /log/checkpoint': 'public',
  'get /log/tile/entries/*path': ['auditor'],
  'get /log/tile/:level/*path': 'public',
};

describe('access to the HTTP interface', () => {
  let api: RunningApi;
  let evidenceNo: string;
  let cosignature: { note: string; witness: string };
  before(async () => {
    api = await runApi();
    const response = await postRecord(api, JSON.stringify(repayment('first')));
    evidenceNo = (await json(response)).evidenceNo;
    const { note = '' } = (await api.evidence.publishCheckpoint()) ?? {};
    const { text } = parseCheckpoint(note).note;
    const witness = witnessKey(seededKey.name, seededKey.publicKey);
    const line = cosignatureLine(text, witness, signWithWitness, 1_700_000_000);
    cosignature = { note: note + line, witness: witness.vkey };
  });
  after(() => api.stop());

  function call(name: string, authorization: Record<string, string>): Promise<Response> {
    const [method = '', pattern = ''] = name.split(' ');
    const path = pattern
      .replace(':evidenceNo', evidenceNo)
      .replace(':seq', '0')
      .replace(':level', '0')
      .replace('*path', '000.p/2');
    const query = pattern === '/v1/loans' ? '?reference=L-1' : '';
    const headers = {
      ...authorization,
      'content-type': path.endsWith('batch') ? 'application/x-ndjson' : 'application/json',
    };
    const body = method === 'post' ? bodyOf(pattern) : null;
    return fetch(`${api.url}${path}${query}`, { method: method.toUpperCase(), headers, body });
  }

  const bodyOf = (pattern: string): string =>
    JSON.stringify(pattern.endsWith('cosignatures') ? cosignature : repayment('again'));

  it('has exactly the routes that are listed here', () => {
    const names = ROUTES.map(({ method, path }) => `${method} ${path.replaceAll('\\', '')}`);
    expect(names).to.have.members(Object.keys(ALLOWED));
  });

  for (const [name, allowed] of Object.entries(ALLOWED)) {
    for (const role of ROLES) {
      const granted = allowed === 'public' || allowed.includes(role);
      it(`${name}: ${role} is ${granted ? 'let in' : 'refused'}`, async () => {
        const response = await call(name, bearer(api.keys[role]));
        await response.arrayBuffer();
        expect(response.status).to.be.oneOf(granted ? [200, 201] : [403]);
      });
    }

    it(`${name}: without a key, or with a wrong one, ${allowed === 'public' ? 'open' : 'refused'}`, async () => {
      const wrong = `${api.keys.legal.slice(0, -1)}${api.keys.legal.endsWith('A') ? 'B' : 'A'}`;
      for (const headers of [
        {},
        bearer(wrong),
        bearer(''),
        { authorization: `Basic ${api.keys.legal}` },
      ]) {
        const response = await call(name, headers as Record<string, string>);
        const text = await response.text();
        expect(response.status).to.equal(allowed === 'public' ? 200 : 401);
        if (allowed === 'public') continue;
        expect(response.headers.get('www-authenticate')).to.equal('Bearer');
        expect(JSON.parse(text).code).to.be.oneOf(['KEY_MISSING', 'KEY_UNKNOWN']);
      }
    });
  }

  it('does not open the entry bundles under another spelling of their address', async () => {
    for (const path of ['%65ntries/000.p/2', 'ENTRIES/000.p/2', 'entries%2f000.p/2', './entries']) {
      for (const headers of [{}, bearer(api.keys.clerk)]) {
        const response = await fetch(`${api.url}/log/tile/${path}`, { headers });
        expect(response.status, path).to.be.oneOf([401, 403, 404]);
      }
    }
  });

  it('reads no body before the key and the role are accepted', async () => {
    const size = await api.evidence.treeSize();
    const record = JSON.stringify(repayment('forbidden'));
    const response = await postRecord(api, record, bearer(api.keys.administrator));
    expect(response.status).to.equal(403);
    const requestId = response.headers.get('x-request-id');
    const logged = api.log.find((line) => line.requestId === requestId);
    expect(logged).to.include({ caller: 'a-administrator', code: 'ROLE_MISSING' });
    expect(await api.evidence.treeSize()).to.equal(size);
  });

  it('sends careful headers with every answer', async () => {
    for (const path of ['/healthz', '/v1/status', '/nowhere']) {
      const { headers } = await fetch(api.url + path);
      expect(headers.get('x-powered-by')).to.equal(null);
      expect(headers.get('x-content-type-options')).to.equal('nosniff');
      expect(headers.get('content-security-policy')).to.contain("default-src 'none'");
      expect(headers.get('cache-control')).to.equal('no-store');
      expect(headers.get('x-request-id')).to.match(/^[0-9a-f]{24}$/);
    }
  });
});
