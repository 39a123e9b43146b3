// mocha's spec reporter, with one line at the end that any CI can read.
const { reporters } = require('mocha');

module.exports = class ClosingLineReporter extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      console.log(`\n${passes} passed, ${failures} failed, ${pending} skipped`);
    });
  }
};
