import { readUserConfig, writeCliConfig } from './cli-config';
import type { ToolOptions } from './progress';
import { findProvider } from './provider';
import { findTerraform } from './terraform';

/**
 * The variables with which plain `npx cdktf deploy` works, online and offline: which Terraform to run, and where it gets
 * the OpenStack provider from. What is missing is fetched or built, once. Only what has to be added to (or replaced in)
 * the given environment is returned.
 * @throws {ToolError} when something can't be had; the message says what to install
 */
export async function toolEnvironment(options: ToolOptions = {}): Promise<Record<string, string>> {
  const env = options.env ?? process.env;
  const terraform = await findTerraform(options);
  return {
    TERRAFORM_BINARY_NAME: terraform.path,
    CHECKPOINT_DISABLE: '1',
    // Provider 1.x warns on every run that load balancers are made by Octavia unless this says that it is known.
    OS_USE_OCTAVIA: 'true',
    ...(await providerVariables(terraform.product, env, options)),
  };
}

async function providerVariables(
  product: 'terraform' | 'opentofu',
  env: NodeJS.ProcessEnv,
  options: ToolOptions,
): Promise<Record<string, string>> {
  const user = await readUserConfig(product, env);
  if (user.installsProviders) return {};
  const source = await findProvider({ ...options, product });
  if (source.kind === 'registry')
    return user.unusable ? { TF_CLI_CONFIG_FILE: await writeCliConfig(user, source, env) } : {};
  return {
    TF_CLI_CONFIG_FILE: await writeCliConfig(user, source, env),
    TF_CLI_ARGS_providers_lock: withMirror(env.TF_CLI_ARGS_providers_lock, source.folder),
  };
}

/** `terraform providers lock`, which cdktf runs, does not look at the configuration: it has to be told where the mirror is. */
function withMirror(given: string | undefined, folder: string): string {
  const others = (given ?? '').split(' ').filter((word) => word !== '' && !word.startsWith('-fs-mirror='));
  const path = /^[\w@%+=:,./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`;
  return [...others, `-fs-mirror=${path}`].join(' ');
}
