#!/usr/bin/env node
/**
 * Makes `@cdktf/provider-openstack` (providers/openstack/lib) from providers/openstack/schema.json: CDKTF's own
 * generator writes TypeScript, the compiler turns it into one JavaScript file and one declaration a resource.
 *
 *   node scripts/bindings.js            generate and compile, unless what is there is up to date
 *   node scripts/bindings.js --force    generate and compile in any case
 *
 * Works offline and gives the same output for the same schema, generator and compiler.
 */
const { createHash } = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { withLock } = require('./_lock');

const root = path.resolve(__dirname, '..');
const home = path.join(root, 'providers', 'openstack');
const lib = path.join(home, 'lib');
const schemaFile = path.join(home, 'schema.json');

/** Which providers may be used with the code we synthesize: the bindings' own version up to the last one we hold snapshots against. */
const SOURCE = 'terraform-provider-openstack/openstack';
const CONSTRAINT = '>= 1.54.1, < 4.0.0';

/** Everything the output depends on, as one digest. */
function key() {
  const hash = createHash('sha256');
  for (const file of [schemaFile, __filename]) hash.update(fs.readFileSync(file));
  for (const name of ['@cdktf/provider-generator', 'typescript', 'cdktf', 'constructs']) {
    hash.update(`${name}@${versionOf(name)}\n`);
  }
  return hash.digest('hex');
}

function versionOf(name) {
  return JSON.parse(fs.readFileSync(path.join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
}

function upToDate() {
  try {
    return fs.readFileSync(path.join(lib, '.key'), 'utf8') === key();
  } catch {
    return false;
  }
}

/**
 * Loading @cdktf/commons runs `terraform version`; nothing here needs Terraform, so let it be a silent program. What comes
 * after us in this process, as the tests, gets its own environment back.
 */
function withoutTerraform(load) {
  const before = { ...process.env };
  Object.assign(process.env, { TERRAFORM_BINARY_NAME: 'true', CHECKPOINT_DISABLE: '1' });
  try {
    return load();
  } finally {
    for (const name of ['TERRAFORM_BINARY_NAME', 'CHECKPOINT_DISABLE']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
  }
}

/** Writes one folder with an index.ts a resource and data source. */
async function generate(folder) {
  const { TerraformProviderGenerator, CodeMaker, TerraformProviderConstraint } = withoutTerraform(() =>
    require('@cdktf/provider-generator'),
  );
  const { ConstructsMakerProviderTarget, Language } = withoutTerraform(() => require('@cdktf/commons'));
  const schema = JSON.parse(fs.readFileSync(schemaFile, 'utf8'));
  // The schema names no provider version (Terraform's own output has none): with one, the generated code would pin
  // required_providers to exactly that version and ignore the constraint.
  const constraint = new TerraformProviderConstraint({ name: 'openstack', source: SOURCE, version: CONSTRAINT });
  const code = new CodeMaker();
  new TerraformProviderGenerator(code, schema).generate(
    new ConstructsMakerProviderTarget(constraint, Language.TYPESCRIPT),
  );
  await code.save(folder);
  return path.join(folder, 'providers', 'openstack');
}

/** Compiles each resource's index.ts to index.js and index.d.ts under `out`. Throws with the compiler's words. */
function compile(sources, out) {
  const ts = require('typescript');
  const files = fs
    .readdirSync(sources, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) =>
      fs
        .readdirSync(path.join(sources, entry.name), { recursive: true })
        .map((file) => path.join(sources, entry.name, file)),
    )
    .filter((file) => file.endsWith('.ts'));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.CommonJS,
    moduleResolution: ts.ModuleResolutionKind.Node10,
    declaration: true,
    noCheck: true, // the generator's output is not ours to correct; a third of the time
    strict: true,
    types: [],
    rootDir: sources,
    outDir: out,
    // The sources lie outside the checkout: this is where they find cdktf and constructs.
    baseUrl: path.join(root, 'node_modules'),
  });
  const { diagnostics } = program.emit();
  if (diagnostics.length > 0) {
    throw new Error(
      ts.formatDiagnostics(diagnostics, {
        getCanonicalFileName: (f) => f,
        getCurrentDirectory: () => root,
        getNewLine: () => '\n',
      }),
    );
  }
}

/** Puts the finished folder in the place of the old one; a reader sees one or the other. */
function replace(finished) {
  const old = path.join(home, `.old-${process.pid}`);
  if (fs.existsSync(lib)) fs.renameSync(lib, old);
  fs.renameSync(finished, lib);
  fs.rmSync(old, { recursive: true, force: true });
}

async function build() {
  const staging = fs.mkdtempSync(path.join(os.tmpdir(), 'firesteel-bindings-'));
  const finished = path.join(home, `.new-${process.pid}`);
  try {
    fs.rmSync(finished, { recursive: true, force: true });
    compile(await generate(staging), finished);
    fs.writeFileSync(path.join(finished, '.key'), key());
    replace(finished);
  } finally {
    fs.rmSync(staging, { recursive: true, force: true });
    fs.rmSync(finished, { recursive: true, force: true });
  }
}

/**
 * Generates and compiles the bindings unless they are up to date.
 *
 * @param {{ force?: boolean, say?: (line: string) => void }} options
 * @returns {Promise<boolean>} whether anything was built
 */
async function ensureBindings({ force = false, say = () => {} } = {}) {
  if (!force && upToDate()) return false;
  return withLock(path.join(home, '.lock'), async () => {
    if (!force && upToDate()) return false; // another process has just done it
    say('Generating the OpenStack bindings for CDKTF (about 12 s, once)');
    await build();
    return true;
  });
}

module.exports = { ensureBindings };

if (require.main === module) {
  const say = (line) => process.stderr.write(`${line}\n`);
  ensureBindings({ force: process.argv.includes('--force'), say }).then(
    (built) => say(built ? 'The bindings are ready in providers/openstack/lib' : 'The bindings are up to date'),
    (error) => {
      say(`Could not make the bindings: ${error.message}`);
      process.exitCode = 1;
    },
  );
}
