/** docs/test-full.md: what came of `npm run test:full`, file by file, each when it was run last. */
const fs = require('node:fs');
const path = require('node:path');
const { commit: checkedOut } = require('./_commit');

const root = path.resolve(__dirname, '..');
const FILE = path.join(root, 'docs', 'test-full.md');

/** What takes hours can be made less, see `reliability.full.test.ts`. */
const LESS = ['FIRESTEEL_TEST_CYCLES', 'FIRESTEEL_TEST_KILLS'];

/** @param {import('./_test-steps').Tally[]} tallies of the tests that have been run; the rows of all others stay */
function writeFullReport(tallies) {
  const { date, commit } = checkedOut();
  const rows = fs.existsSync(FILE) ? rowsOf(fs.readFileSync(FILE, 'utf8')) : new Map();
  for (const { tests, passed, failed, skipped, seconds } of tallies)
    rows.set(tests, [tests + lessText(tests), date, commit, passed, failed, skipped, Math.round(seconds)].join(' | '));
  fs.writeFileSync(FILE, fullReport(rows));
}

/**
 * Of the tests that are there still.
 * @param {string} text @returns {Map<string, string>} a table's row, by what was run
 */
function rowsOf(text) {
  const rows = [...text.matchAll(/^\| ([^|\s(]+(?: tests)?)\b.*\d \|$/gm)].map(([row, tests]) => [
    tests,
    row.slice(2, -2),
  ]);
  return new Map(rows.filter(([tests]) => !tests.includes('/') || fs.existsSync(path.join(root, '__tests__', tests))));
}

/** @param {Map<string, string>} rows */
function fullReport(rows) {
  const sorted = [...rows].sort(([a], [b]) => a.localeCompare(b, 'en')).map(([, row]) => `| ${row} |`);
  return `# The last full test run

Written by \`npm run test:full\`: everything that \`npm test\` does, and \`*.full.test.ts\`. Named with a file, as in
\`npm run test:full -- integration/dns\`, it runs that file alone and writes its row anew.

| tests | date | commit | passed | failed | skipped | seconds |
| --- | --- | --- | --- | --- | --- | --- |
${sorted.join('\n')}
`;
}

function lessText(tests) {
  if (!tests.includes('reliability')) return '';
  const less = LESS.filter((name) => process.env[name]).map((name) => `\`${name}=${process.env[name]}\``);
  return less.length === 0
    ? ''
    : ` (with ${less.join(' and ')}; the whole is told in [reliability.md](reliability.md))`;
}

module.exports = { writeFullReport, fullReport, rowsOf };
