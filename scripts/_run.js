/** Programs that use our terminal. */
const { spawn } = require('node:child_process');
const os = require('node:os');

/**
 * Runs a program to its end. Ctrl-C is its own affair: it gets it too, and we wait for what it makes of it.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 * @returns {Promise<number>} its exit status
 */
function run(file, args, options = {}) {
  const wait = () => {};
  process.on('SIGINT', wait);
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    child.once('error', (error) => {
      reject(error.code === 'ENOENT' ? new Error(`There is no program "${file}" on the PATH`) : error);
    });
    child.once('exit', (status, signal) => resolve(status ?? 128 + os.constants.signals[signal]));
  }).finally(() => process.off('SIGINT', wait));
}

module.exports = { run };
