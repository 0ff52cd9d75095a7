/** Installs what package-lock.json says, when something else is installed. */
const fs = require('node:fs');
const path = require('node:path');
const { withLock } = require('./_lock');
const { run } = require('./_run');

/**
 * Compares package-lock.json with npm's own note of what it installed.
 *
 * @param {string} root
 * @returns {boolean} whether everything that is wanted is there in the wanted version
 */
function installed(root) {
  const wanted = readJson(path.join(root, 'package-lock.json'))?.packages ?? {};
  const present = readJson(path.join(root, 'node_modules', '.package-lock.json'))?.packages;
  if (!present) return false;
  return Object.entries(wanted)
    .filter(
      ([place, entry]) =>
        place.startsWith('node_modules/') && !entry.optional && !entry.devOptional && !entry.link && !entry.inBundle,
    )
    .every(
      ([place, entry]) =>
        entry.peer || (present[place]?.version === entry.version && present[place]?.integrity === entry.integrity),
    );
}

function readJson(file) {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw new Error(`${file} can't be read: ${error.message}`);
  }
}

/**
 * @param {string} root
 * @param {(line: string) => void} say
 * @throws when npm fails
 */
async function ensureDependencies(root, say) {
  if (installed(root)) return;
  await withLock(path.join(root, '.lock'), async () => {
    if (installed(root)) return; // another process has just done it
    say('Installing the dependencies with npm ci (about a minute, once)');
    const status = await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: root });
    if (status !== 0) {
      throw new Error(
        `npm ci failed (exit status ${status}; its own words are above). If they are about the network: the npm registry ` +
          '(npm config get registry) has to be reachable. Then run the same command again.',
      );
    }
  });
}

module.exports = { ensureDependencies, installed };
