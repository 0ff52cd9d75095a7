/** docs/test-full.md: what came of the last `npm run test:full`. */
const fs = require('node:fs');
const path = require('node:path');
const { commit: checkedOut } = require('./_commit');

const root = path.resolve(__dirname, '..');

/** What takes hours can be made less, see `reliability.full.test.ts`. */
const LESS = ['FIRESTEEL_TEST_CYCLES', 'FIRESTEEL_TEST_KILLS'];

/**
 * @param {string} counts e.g. `9 passed, 0 failed, 0 skipped`
 * @param {string} duration e.g. `1200 s`
 */
function writeFullReport(counts, duration) {
  const { date, commit } = checkedOut();
  const text = `# The last full test run

Written by \`npm run test:full\`: everything that \`npm test\` does, and \`*.full.test.ts\`.

| date | commit | result | time |
| --- | --- | --- | --- |
| ${date} | ${commit} | ${counts} | ${duration} |
${lessText()}`;
  fs.writeFileSync(path.join(root, 'docs', 'test-full.md'), text);
}

function lessText() {
  const less = LESS.filter((name) => process.env[name]).map((name) => `\`${name}=${process.env[name]}\``);
  return less.length === 0
    ? ''
    : `\nWith ${less.join(' and ')}: the whole of that is told in [reliability.md](reliability.md).\n`;
}

module.exports = { writeFullReport };
