/**
 * Makes providers/openstack/schema.json anew: builds the provider that tools/provider/go.mod pins and asks it, through
 * Terraform or OpenTofu, for its schema. The bindings are generated from that file, so this is run only for a new version.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toolEnvironment } from '../tools/tool-environment';

const SOURCE = 'terraform-provider-openstack/openstack';
const schemaFile = join(__dirname, '..', 'providers', 'openstack', 'schema.json');

async function main(): Promise<void> {
  const { TF_CLI_CONFIG_FILE: _, ...ours } = process.env;
  const env = { ...ours, FIRESTEEL_PROVIDER: 'build' };
  const tools = await toolEnvironment({
    env,
    onProgress: ({ state, text = '' }) => state !== 'update' && console.error(`${state}: ${text}`),
  });
  const folder = mkdtempSync(join(tmpdir(), 'firesteel-schema-'));
  try {
    writeFileSync(
      join(folder, 'main.tf.json'),
      JSON.stringify({ terraform: { required_providers: { openstack: { source: SOURCE } } } }),
    );
    const terraform = (...args: string[]) =>
      execFileSync(tools.TERRAFORM_BINARY_NAME!, args, {
        cwd: folder,
        env: { ...env, ...tools },
        encoding: 'utf8',
        maxBuffer: 64 << 20,
      });
    terraform('init', '-no-color');
    writeFileSync(
      schemaFile,
      `${JSON.stringify(renamed(JSON.parse(terraform('providers', 'schema', '-json'))), null, 1)}\n`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** OpenTofu calls the provider by its own registry's name; the generator knows Terraform's only. */
function renamed(schema: { provider_schemas: Record<string, unknown> }): unknown {
  const schemas = Object.entries(schema.provider_schemas).map(([name, value]) => [
    name.replace(/^[^/]+/, 'registry.terraform.io'),
    value,
  ]);
  return { ...schema, provider_schemas: Object.fromEntries(schemas) };
}

void main();
