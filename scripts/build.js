#!/usr/bin/env node
/** Compiles what is published to dist/: the rooms' TypeScript, and beside it every other file that they read when they run. */
const fs = require('node:fs');
const path = require('node:path');
const { run } = require('./_run');
const { ensureBindings } = require('./bindings');

const root = path.resolve(__dirname, '..');
const dist = path.join(root, 'dist');

/** The rooms as tsconfig.build.json lists them, one list for both. */
function rooms() {
  const { include } = JSON.parse(fs.readFileSync(path.join(root, 'tsconfig.build.json'), 'utf8'));
  return include.filter(
    (name) => fs.existsSync(path.join(root, name)) && fs.statSync(path.join(root, name)).isDirectory(),
  );
}

/** Shell files, configuration files, go.mod, keys, …: everything but TypeScript. Modes are kept. */
function copyAssets(room, say) {
  for (const entry of fs.readdirSync(path.join(root, room), { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || entry.name.endsWith('.ts') || entry.name.endsWith('.md')) continue;
    const from = path.join(entry.parentPath, entry.name);
    const to = path.join(dist, path.relative(root, from));
    fs.mkdirSync(path.dirname(to), { recursive: true });
    fs.copyFileSync(from, to);
    fs.chmodSync(to, fs.statSync(from).mode);
    say(`  ${path.relative(root, from)}`);
  }
}

async function build() {
  await ensureBindings({ say: (line) => process.stderr.write(`${line}\n`) });
  fs.rmSync(dist, { recursive: true, force: true });
  const status = await run(
    process.execPath,
    [path.join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json'],
    { cwd: root },
  );
  if (status !== 0) return status;
  for (const room of rooms()) copyAssets(room, process.argv.includes('--verbose') ? console.error : () => {});
  return 0;
}

build().then(
  (status) => {
    process.exitCode = status;
  },
  (error) => {
    console.error(error.message);
    process.exitCode = 1;
  },
);
