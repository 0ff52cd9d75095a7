/** docs/test-full.md: what came of the last `npm run test:full`. */
const fs = require('node:fs');
const path = require('node:path');
const { execFileSync } = require('node:child_process');

const root = path.resolve(__dirname, '..');

/**
 * @param {string} counts e.g. `9 passed, 0 failed, 0 skipped`
 * @param {string} duration e.g. `1200 s`
 */
function writeFullReport(counts, duration) {
  const changed = git('status', '--porcelain') === '' ? '' : ', with changes that are not committed';
  const text = `# The last full test run

Written by \`npm run test:full\`: everything that \`npm test\` does, and \`*.full.test.ts\`.

| date | commit | result | time |
| --- | --- | --- | --- |
| ${new Date().toISOString().slice(0, 10)} | ${git('rev-parse', '--short', 'HEAD')}${changed} | ${counts} | ${duration} |
`;
  fs.writeFileSync(path.join(root, 'docs', 'test-full.md'), text);
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

module.exports = { writeFullReport };
