// Which test files jest runs first: those of the whole system, which take minutes, so that the last ones are short and no
// process is left with a long one while the other waits. Within a kind it is jest's own order.
const { default: Sequencer } = require('@jest/test-sequencer');

const SLOWEST_FIRST = [/\.e2e-spec\.ts$/, /\.int-spec\.ts$/];

function rank({ path }) {
  const found = SLOWEST_FIRST.findIndex((kind) => kind.test(path));
  return found < 0 ? SLOWEST_FIRST.length : found;
}

module.exports = class extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((a, b) => rank(a) - rank(b));
  }
};
