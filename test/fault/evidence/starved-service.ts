// Child of surroundings.test.ts: evidence behind HTTP, as the whole service runs it, under limits
// that the parent set. Argument: data folder. Prints URL and an API key.
import { openKeys } from '../../../src/compose-service.ts';
import { startService } from './serve-without-chain.ts';

const [folder = ''] = process.argv.slice(2);
process.once('disconnect', () => process.exit());
const { url } = await startService(folder);
const key = openKeys(folder).createApiKey('core', ['depositor']);
process.send?.({ url, key });
