#!/usr/bin/env node
// In a checkout the sources run as they are; in the published package what was compiled from them.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const source = join(__dirname, '..', 'cli', 'main.ts');
const ready = existsSync(source) ? runTypeScript() : Promise.resolve();
void ready.then(() => require(existsSync(source) ? source : '../dist/cli/main.js').main());

/** tsx translates what is required and what is imported by two different hooks. */
async function runTypeScript() {
  try {
    require('tsx/cjs');
    (await import('tsx/esm/api')).register();
  } catch (error) {
    if (!error.code?.endsWith('MODULE_NOT_FOUND')) throw error;
    console.error('The dependencies are not installed yet: run "npm run quickstart", or "npm ci && npm run bindings".');
    process.exit(1);
  }
}
