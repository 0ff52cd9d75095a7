/** The steps of `npm test`, each a program of its own. */
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { run } = require('./_run');
const { tallies } = require('./_tally');
const { ensureTestPackages } = require('./_test-packages');

const root = path.resolve(__dirname, '..');
const firesteel = path.join(root, 'bin', 'firesteel.js');

/**
 * @typedef {{ status: number, tallies?: import('./_tally').Tally[] }} Outcome
 * @typedef {{ title: string, onlyIfAllWell?: boolean, run: () => Promise<Outcome> }} Step
 */

/** What needs no test runner. @returns {Step[]} */
function checks() {
  return [
    check('form and lint', bin('@biomejs/biome'), ['ci', '.']),
    check('doors between rooms', bin('dependency-cruiser', 'depcruise'), [
      '--config',
      '.dependency-cruiser.js',
      ...sources(),
    ]),
    check('types', bin('typescript', 'tsc'), ['--noEmit']),
    check('types of the examples', bin('typescript', 'tsc'), ['--noEmit', '-p', 'examples']),
    check('generated documents', 'scripts/docs.ts', ['--check'], ['--import', 'tsx']),
  ];
}

/** The rooms and root files that the compiler is told of, and the tests. */
function sources() {
  const { include } = JSON.parse(fs.readFileSync(path.join(root, 'tsconfig.build.json'), 'utf8'));
  return [...include, '__tests__'].filter((name) => fs.existsSync(path.join(root, name)));
}

/** @returns {Step} */
function check(title, program, args, nodeOptions = []) {
  return { title, run: async () => ({ status: await node([...nodeOptions, program, ...args]) }) };
}

/** The file of a package's program, found through its package.json as npm finds it. */
function bin(name, program = name.split('/').pop()) {
  const folder = path.join(root, 'node_modules', name);
  const { bin: programs } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return path.join(folder, typeof programs === 'string' ? programs : programs[program]);
}

function node(args, env = process.env) {
  return run(process.execPath, args, { cwd: root, env });
}

/** @returns {Step} */
function unitTests(paths) {
  return {
    title: 'unit tests',
    run: async () => {
      const status = await ensureTestPackages(console.log);
      return status === 0 ? jest('unit', ['--maxWorkers=100%', ...paths]) : { status };
    },
  };
}

/** One cloud for all of them, started once; every test file begins on an empty one. @returns {Step} */
function integrationTests(paths) {
  return {
    title: 'integration tests',
    onlyIfAllWell: true,
    run: async () => {
      const ready =
        (await ensureTestPackages(console.log)) ||
        (await node([firesteel, 'sandbox', 'up'])) ||
        (await buildTerraform());
      if (ready !== 0) return { status: ready };
      return jest('integration', ['--runInBand', ...paths], { ...process.env, ...toolVariables() });
    },
  };
}

/** The Terraform that is built where no other is to be had, for the test of it: minutes, once. */
function buildTerraform() {
  return node([firesteel, 'tools', 'env', '--json'], { ...process.env, FIRESTEEL_TERRAFORM: 'build' });
}

/** What a user's shell gets from `firesteel tools env`. */
function toolVariables() {
  const { status, stdout } = spawnSync(process.execPath, [firesteel, 'tools', 'env', '--json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error('Terraform or the OpenStack provider can not be had: see above');
  return JSON.parse(stdout.trim().split('\n').pop());
}

/** @param {'unit' | 'integration'} project */
async function jest(project, args, env = process.env) {
  const output = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'firesteel-jest-')), 'results.json');
  try {
    const options = ['--ci', '--selectProjects', project, '--json', `--outputFile=${output}`];
    const status = await node([bin('jest'), ...options, ...args], env);
    return { status, tallies: tallies(project, output) };
  } finally {
    fs.rmSync(path.dirname(output), { recursive: true, force: true });
  }
}

module.exports = { checks, unitTests, integrationTests };
