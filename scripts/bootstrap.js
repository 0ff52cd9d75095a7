#!/usr/bin/env node
/**
 * Makes a fresh clone ready: dependencies and bindings, each only when it is missing or out of date. Needs nothing but
 * Node.js itself, any version, so that an old one can be told what is wrong.
 */
const path = require('node:path');

const LEAST = [20, 19];
const root = path.resolve(__dirname, '..');

/** @param {string} version e.g. `20.19.4` */
function nodeIsNewEnough(version) {
  const numbers = version.split('.').map(Number);
  return numbers[0] > LEAST[0] || (numbers[0] === LEAST[0] && numbers[1] >= LEAST[1]);
}

/** @param {(line: string) => void} say */
function bootstrap(say) {
  if (!nodeIsNewEnough(process.versions.node)) {
    const error = new Error(
      `Firesteel needs Node.js ${LEAST.join('.')} or newer; this is ${process.versions.node} (${process.execPath}). Get a newer one from https://nodejs.org or your distribution.`,
    );
    return Promise.reject(error);
  }
  const { ensureDependencies } = require('./_dependencies');
  const { ensureBindings } = require('./bindings');
  return ensureDependencies(root, say).then(() => ensureBindings({ say }));
}

/** Runs a script's body on a ready checkout; its result is the exit status. */
function onReadyCheckout(body) {
  bootstrap((line) => process.stderr.write(`${line}\n`))
    .then(body)
    .then(
      (status) => {
        process.exitCode = status;
      },
      (error) => {
        process.stderr.write(`${error.message}\n`);
        process.exitCode = 1;
      },
    );
}

module.exports = { bootstrap, onReadyCheckout, root };

if (require.main === module) onReadyCheckout(() => 0);
