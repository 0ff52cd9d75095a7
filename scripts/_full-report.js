/** docs/test-full.md: what came of the last `npm run test:full`. */
const fs = require('node:fs');
const path = require('node:path');
const { commit: checkedOut } = require('./_commit');

const root = path.resolve(__dirname, '..');

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
`;
  fs.writeFileSync(path.join(root, 'docs', 'test-full.md'), text);
}

module.exports = { writeFullReport };
