/** A lock between processes: a folder with the owner's process id. Plain Node, for use before anything is installed. */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const POLL_MS = 200;

/**
 * Runs `action` while holding the lock at `folder`; waits for whoever has it. A lock whose owner died is taken over.
 *
 * @template T
 * @param {string} folder
 * @param {() => T | Promise<T>} action
 * @returns {Promise<T>}
 */
async function withLock(folder, action) {
  while (!tryLock(folder)) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  try {
    return await action();
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Makes the lock in one step, by renaming a folder that already names its owner. */
function tryLock(folder) {
  fs.mkdirSync(path.dirname(folder), { recursive: true });
  const mine = fs.mkdtempSync(`${folder}-`);
  fs.writeFileSync(path.join(mine, 'pid'), String(process.pid));
  try {
    fs.renameSync(mine, folder);
    return true;
  } catch (error) {
    fs.rmSync(mine, { recursive: true, force: true });
    if (!['ENOTEMPTY', 'EEXIST', 'EPERM'].includes(error.code)) throw error;
    if (!ownerLives(folder)) removeStale(folder);
    return false;
  }
}

/** A lock from before the last boot is stale too: its process id may belong to somebody else by now. */
function ownerLives(folder) {
  try {
    const bootedAt = Date.now() - os.uptime() * 1000;
    if (fs.statSync(folder).mtimeMs < bootedAt) return false;
    process.kill(Number(fs.readFileSync(path.join(folder, 'pid'), 'utf8')), 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Only one of several waiters gets to move a stale lock away; one that moved a living lock by mistake puts it back. */
function removeStale(folder) {
  const moved = `${folder}-stale-${process.pid}`;
  try {
    fs.renameSync(folder, moved);
    if (ownerLives(moved)) fs.renameSync(moved, folder);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  } finally {
    fs.rmSync(moved, { recursive: true, force: true });
  }
}

module.exports = { withLock };
