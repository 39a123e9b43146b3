// A court as a process of its own, for tests that kill it: node court-process.ts FOLDER RPC_URL
import { COURT_DEFAULTS, openCourt } from '../../src/compose-court.ts';

const [dataFolder = '', ...rpcUrls] = process.argv.slice(2);
const court = await openCourt({ ...COURT_DEFAULTS, dataFolder, name: 'Court', port: 0, rpcUrls });
court.senders.revokeApiKey('lender');
const key = court.senders.createApiKey('lender', ['depositor']);
process.stdout.write(`${JSON.stringify({ url: await court.listen(), key })}\n`);
