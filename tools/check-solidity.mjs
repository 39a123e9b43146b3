// Compiles contracts/ with the pinned npm solc; a warning of our own contracts is an error.
import { compileContracts } from '../scripts/compile-contracts.ts';

const { messages, contracts } = compileContracts();
const own = (message) => message.sourceLocation?.file.startsWith('contracts/') ?? true;
const failures = messages.filter(
  (message) => message.severity === 'error' || (message.severity === 'warning' && own(message)),
);
for (const message of failures) console.error(message.formattedMessage);
if (failures.length > 0) {
  console.error(`Solidity: ${failures.length} error(s) and warning(s)`);
  process.exit(1);
}
console.log(`Solidity: ${contracts.size} contracts, no warning`);
