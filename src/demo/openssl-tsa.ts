import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';

/** A time-stamping authority on `openssl ts`, with an authority of its own above it. */
export interface OpensslTsa {
  url: string;
  /** Where its revocation list is served. */
  crlUrl: string;
  /** PEM file of its root certificate. */
  rootsFile: string;
  stop(): Promise<void>;
}

export interface TsaNames {
  organization: string;
  authority: string;
  root: string;
}

export interface TsaOptions {
  folder: string;
  /** 0 takes a free port. */
  port: number;
  names: TsaNames;
  /** Days that the signing certificate lasts. */
  days?: number;
  key?: 'ec' | 'rsa';
}

/** Whether `openssl` can be run here. */
export function hasOpenssl(): boolean {
  return spawnSync('openssl', ['version']).status === 0;
}

/** What `openssl` could not do, with its own words. */
class OpensslError extends Error {}

/** Runs `openssl` in the authority's folder. @throws OpensslError */
export function openssl(folder: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-2000);
    });
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new OpensslError(`openssl ${args[0]} ended with ${code}: ${said}`));
    });
  });
}

const CONFIG = `
[ca]
default_ca = root_ca
[root_ca]
dir = .
database = index.txt
new_certs_dir = issued
rand_serial = yes
crlnumber = crlnumber
certificate = root.pem
private_key = root.key
default_md = sha256
default_crl_days = 30
policy = any_name
unique_subject = no
string_mask = utf8only
utf8 = yes
[any_name]
countryName = optional
organizationName = optional
commonName = supplied
[req]
prompt = no
utf8 = yes
string_mask = utf8only
distinguished_name = name
[name]
commonName = unused
[root_ext]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[tsa_ext]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[tsa]
default_tsa = stamps
[stamps]
dir = .
serial = stamps.serial
crypto_device = builtin
signer_cert = tsa.pem
certs = root.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.3161.1
digests = sha256, sha384, sha512
accuracy = secs:1
clock_precision_digits = 0
ordering = no
tsa_name = yes
ess_cert_id_chain = no
ess_cert_id_alg = sha256
`;

const DAYS = 3650;

/** Makes root, signing certificate and revocation list, unless the folder has them. */
async function makeAuthority(options: TsaOptions): Promise<void> {
  const { folder, names, days = DAYS } = options;
  if (existsSync(join(folder, 'root.crl'))) return;
  // A crash in here leaves a folder without a list: it is made anew, nobody has a token of it. A
  // folder of somebody else's is left alone.
  if (existsSync(folder) && readdirSync(folder).length > 0) {
    if (!existsSync(join(folder, 'openssl.cnf'))) throw new OpensslError(`${folder} is not empty`);
    rmSync(folder, { recursive: true });
  }
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text);
  write('openssl.cnf', CONFIG);
  mkdirSync(join(folder, 'issued'));
  write('index.txt', '');
  write('crlnumber', '01\n');
  write('stamps.serial', '01\n');
  const subject = (name: string) => `/C=CN/O=${names.organization}/CN=${name}`;
  await newKey(options, 'root.key');
  await newKey(options, 'tsa.key');
  const common = ['-config', 'openssl.cnf', '-utf8'];
  const root = ['-x509', '-key', 'root.key', '-out', 'root.pem', '-days', String(DAYS * 2)];
  await openssl(folder, [
    ...['req', ...common, ...root, '-extensions', 'root_ext', '-subj', subject(names.root)],
  ]);
  const request = ['req', ...common, '-new', '-key', 'tsa.key', '-out', 'tsa.csr'];
  await openssl(folder, [...request, '-subj', subject(names.authority)]);
  await issue(folder, ['-days', String(days)]);
  await openssl(folder, ['ca', '-config', 'openssl.cnf', '-gencrl', '-out', 'root.crl']);
}

/** Signs the request for the signing certificate. @param validity e.g. `-days 30` */
export function issue(
  folder: string,
  validity: string[],
  { extensions = 'tsa_ext', out = 'tsa.pem' } = {},
): Promise<void> {
  const files = ['-in', 'tsa.csr', '-out', out, '-notext'];
  const how = ['-config', 'openssl.cnf', '-utf8', '-batch', '-extensions', extensions];
  return openssl(folder, ['ca', ...how, ...files, ...validity]);
}

function newKey({ folder, key = 'ec' }: TsaOptions, name: string): Promise<void> {
  const kind =
    key === 'ec'
      ? ['EC', '-pkeyopt', 'ec_paramgen_curve:P-256']
      : ['RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
  return openssl(folder, ['genpkey', '-algorithm', ...kind, '-out', name]);
}

/** The answer of `openssl ts -reply` to one query. */
export async function answerQuery(folder: string, query: Uint8Array): Promise<Uint8Array> {
  const [asked, answer] = [join(folder, 'query.tsq'), join(folder, 'answer.tsr')];
  writeFileSync(asked, query);
  const files = ['-queryfile', 'query.tsq', '-out', 'answer.tsr'];
  await openssl(folder, ['ts', '-reply', '-config', 'openssl.cnf', '-section', 'stamps', ...files]);
  return new Uint8Array(readFileSync(answer));
}

const MAX_QUERY = 4096;

/**
 * Starts the authority on 127.0.0.1: RFC 3161 over HTTP at `/`, its revocation list at `/crl`. For
 * demonstrations and tests: whoever runs it on the lender's machine has the lender's clock.
 */
export async function startOpensslTsa(options: TsaOptions): Promise<OpensslTsa> {
  const { folder } = options;
  await makeAuthority(options);
  // `openssl ts` counts serial numbers in a file: one query at a time.
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    if (request.method === 'GET' && request.url === '/crl') {
      response.setHeader('content-type', 'application/pkix-crl').end(crlOf(folder));
      return;
    }
    const chunks: Buffer[] = [];
    let length = 0;
    request.on('data', (chunk: Buffer) => {
      length += chunk.length;
      if (length <= MAX_QUERY) chunks.push(chunk);
    });
    request.on('end', () => {
      const answer = last.then(() => answerQuery(folder, Buffer.concat(chunks)));
      last = answer.catch(() => undefined);
      answer.then(
        (bytes) => response.setHeader('content-type', 'application/timestamp-reply').end(bytes),
        () => response.writeHead(500).end(),
      );
    });
  });
  const url = await listen(server, options.port);
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, crlUrl: `${url}crl`, rootsFile: join(folder, 'root.pem'), stop };
}

function crlOf(folder: string): Buffer {
  const text = readFileSync(join(folder, 'root.crl'), 'latin1');
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64');
}

function listen(server: Server, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const actual = typeof address === 'object' && address !== null ? address.port : port;
      resolve(`http://127.0.0.1:${actual}/`);
    });
  });
}
