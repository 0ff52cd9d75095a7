/** Which state of this repository something was found out with. */
const path = require('node:path');
const { execFileSync } = require('node:child_process');

const root = path.resolve(__dirname, '..');
/** What a full test run writes itself is no change of what it has tested. */
const REPORTS = ['docs/reliability.md', 'docs/test-full.md'];

/** Today's date, and the commit that is checked out, e.g. `1a2b3c4, with changes that are not committed`. */
function commit() {
  const others = ['--', '.', ...REPORTS.map((report) => `:(exclude)${report}`)];
  const changed = git('status', '--porcelain', ...others) === '' ? '' : ', with changes that are not committed';
  return { date: new Date().toISOString().slice(0, 10), commit: `${git('rev-parse', '--short', 'HEAD')}${changed}` };
}

function git(...args) {
  return execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
}

module.exports = { commit };
