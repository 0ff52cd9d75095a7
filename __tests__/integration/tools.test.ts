/** The ways to Terraform and the provider that need no release and no registry: built from Go modules, run by plain cdktf. */
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { start } from './_run';

const root = join(__dirname, '..', '..');
const dir = mkdtempSync(join(tmpdir(), 'firesteel-tools-'));

const MAIN = `import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { OpenstackProvider } from '@cdktf/provider-openstack/lib/provider';
const app = new App();
const stack = new TerraformStack(app, 'alone');
new OpenstackProvider(stack, 'openstack', { cloud: 'none' });
new TerraformOutput(stack, 'answer', { value: 'deployed' });
app.synth();
`;

beforeAll(() => {
  writeFileSync(join(dir, 'main.ts'), MAIN);
  writeFileSync(join(dir, 'package.json'), '{}');
  writeFileSync(join(dir, 'cdktf.json'), readFileSync(join(root, 'cdktf.json')));
  symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'));
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** A shell in which nothing was set up yet, and what the README says to do in it. */
async function readmeShell(choice: NodeJS.ProcessEnv): Promise<NodeJS.ProcessEnv> {
  const { TERRAFORM_BINARY_NAME, TF_CLI_CONFIG_FILE, TF_CLI_ARGS_providers_lock, ...bare } = process.env;
  const env = { ...bare, TF_CLI_CONFIG_FILE: join(dir, 'not-there.tfrc'), ...choice };
  const firesteel = [join(root, 'bin', 'firesteel.js'), 'tools', 'env', '--json'];
  const { stdout } = await start(process.execPath, firesteel, { env }).succeeded();
  return { ...env, ...JSON.parse(stdout.trim().split('\n').at(-1)!) };
}

async function deployAlone(env: NodeJS.ProcessEnv): Promise<string> {
  const cdktf = join(root, 'node_modules', '.bin', 'cdktf');
  const { text } = await start(cdktf, ['deploy', 'alone', '--auto-approve'], { cwd: dir, env }).succeeded();
  for (const name of ['cdktf.out', 'terraform.alone.tfstate'])
    rmSync(join(dir, name), { recursive: true, force: true });
  return text;
}

test('cdktf runs the installed Terraform with the provider built here, and does not complain about a missing file', async () => {
  const env = await readmeShell({ FIRESTEEL_PROVIDER: 'build' });
  const text = await deployAlone(env);
  expect(text).toContain('deployed');
  expect(text).not.toContain('CLI configuration'); // the file that is not there
});

test('cdktf runs the OpenTofu built here, with the provider built here', async () => {
  const env = await readmeShell({ FIRESTEEL_TERRAFORM: 'build', FIRESTEEL_PROVIDER: 'build' });
  expect(env.TERRAFORM_BINARY_NAME).toMatch(/opentofu-[\d.]+-\w+-[0-9a-f]{12}\/tofu$/);
  const text = await deployAlone(env);
  expect(text).toMatch(/OpenTofu.*deployed/s);
});
