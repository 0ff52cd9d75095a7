// In a checkout the sources run as they are; in the published package what was compiled from them.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

/** Loads one of our files, e.g. `cli/main`. */
exports.load = async function load(name) {
  const source = join(__dirname, '..', `${name}.ts`);
  if (!existsSync(source)) return require(`../dist/${name}.js`);
  await runTypeScript();
  return require(source);
};

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
