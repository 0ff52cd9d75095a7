/** How many tests passed, of what Jest writes down. */
const fs = require('node:fs');
const path = require('node:path');

const root = path.resolve(__dirname, '..');

/**
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 * @typedef {Counts & { tests: string, seconds: number }} Tally what was run: all unit tests, or a file of the others
 */

/**
 * @param {'unit' | 'integration'} project
 * @param {string} file
 * @returns {Tally[] | undefined} undefined where no test was run
 */
function tallies(project, file) {
  if (!fs.existsSync(file)) return undefined;
  const { testResults } = JSON.parse(fs.readFileSync(file, 'utf8'));
  const files = testResults.map(tallyOf);
  if (project === 'integration') return files;
  const seconds = (Math.max(...testResults.map(endOf)) - Math.min(...testResults.map(startOf))) / 1000;
  return [{ tests: 'unit tests', ...sumOf(files), seconds: files.length === 0 ? 0 : seconds }];
}

const startOf = ({ startTime }) => startTime;
const endOf = ({ endTime }) => endTime;

/** A test file that could not even be loaded counts as a test that failed. @returns {Tally} */
function tallyOf({ name, status, startTime, endTime, assertionResults }) {
  const count = (...states) => assertionResults.filter((test) => states.includes(test.status)).length;
  const failed = count('failed');
  return {
    tests: path.relative(path.join(root, '__tests__'), name),
    passed: count('passed'),
    failed: status === 'failed' ? Math.max(failed, 1) : failed,
    skipped: count('pending', 'skipped', 'todo', 'disabled'),
    seconds: (endTime - startTime) / 1000,
  };
}

/** @param {Counts[]} all @returns {Counts} */
function sumOf(all) {
  const sum = (name) => all.reduce((total, counts) => total + counts[name], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

module.exports = { tallies, sumOf };
