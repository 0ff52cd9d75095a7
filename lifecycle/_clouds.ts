import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CloudCredentials } from '../cloud/cloud-credentials';
import { type CredentialsOptions, listClouds, resolveCredentials } from '../cloud/credentials';
import { withCredentials } from '../cloud/credentials-env';
import { OpenStack } from '../cloud/openstack';
import type { Environment } from '../plan/load-environments';
import type { ProgressListener } from '../plan/progress';
import { UsageError } from './errors';

export interface LoginOptions {
  /** An openrc.sh to log in with, instead of what the plan or the shell says. */
  readonly openrc?: string;
  /** Further clouds.yaml files, for clouds named in plans, e.g. the sandbox's. */
  readonly furtherCloudsFiles?: readonly string[];
  /** Asks for the cloud's password where a file asks. @default - that is an error */
  readonly askPassword?: (question: string) => Promise<string>;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

/** A cloud, by its name in clouds.yaml, and one of its regions. */
export interface Place {
  /** @default - what the shell's `OS_*` variables say */
  readonly cloud?: string;
  /** @default - the cloud's */
  readonly region?: string;
}

/** How long what is done after Ctrl-C may take to be tried. */
const LASTING_SECONDS = 30;

/** The clouds that a project's environments are in. Each is logged in to once, when first asked for. */
export class Clouds {
  readonly #credentials = new Map<string, Promise<CloudCredentials>>();
  readonly #clouds = new Map<string, Promise<OpenStack>>();

  constructor(
    private readonly projectDir: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly options: LoginOptions,
  ) {}

  /** Who we are at the environment's cloud. @throws {CloudError} */
  credentials({ cloud, region }: Place): Promise<CloudCredentials> {
    const key = JSON.stringify([cloud, region]);
    const known = this.#credentials.get(key);
    if (known) return known;
    const found = resolveCredentials(this.#credentialsOptions(cloud, region));
    this.#credentials.set(key, found);
    return found;
  }

  /** @throws {CloudError} */
  async cloud(place: Place): Promise<OpenStack> {
    const { cloud, region } = place;
    const key = JSON.stringify([cloud, region]);
    const known = this.#clouds.get(key);
    if (known) return known;
    const connecting = this.credentials(place).then((credentials) => this.#connect(credentials));
    this.#clouds.set(key, connecting);
    return connecting;
  }

  /** A login of the caller's own, which whoever made it ends; what ends us with Ctrl-C does not end it. @throws {CloudError} */
  async lastingCloud(place: Place): Promise<OpenStack> {
    return OpenStack.connect(await this.credentials(place), { totalSeconds: LASTING_SECONDS });
  }

  /**
   * The environment variables that Terraform logs in with. Its provider reads a cloud that the plan names from clouds.yaml
   * itself; else the variables say it all. What else the shell exported can't mix in.
   * @throws {UsageError} for a cloud that is named twice @throws {CloudError}
   */
  async login(environment: Environment): Promise<NodeJS.ProcessEnv> {
    const credentials = await this.credentials(environment.plan);
    const { cloud } = environment.plan;
    if (cloud === undefined) return withCredentials(this.env, credentials);
    if (this.options.openrc !== undefined) {
      throw new UsageError(
        `--openrc and "cloud: ${cloud}" of ${environment.file} are both given: take one of them away`,
      );
    }
    const { auth } = credentials;
    const secure = join(this.projectDir, 'secure.yaml');
    return {
      ...Object.fromEntries(Object.entries(this.env).filter(([name]) => !name.startsWith('OS_'))),
      OS_CLIENT_CONFIG_FILE: this.#cloudsFile(cloud),
      ...(auth.kind === 'password' && { OS_PASSWORD: auth.password.reveal() }),
      ...(existsSync(secure) && { OS_CLIENT_SECURE_FILE: secure }),
      ...(this.env.OS_CLIENT_SECURE_FILE && {
        OS_CLIENT_SECURE_FILE: resolve(this.projectDir, this.env.OS_CLIENT_SECURE_FILE),
      }),
    };
  }

  /** Ends idle connections. */
  async close(): Promise<void> {
    const clouds = await Promise.allSettled(this.#clouds.values());
    for (const cloud of clouds) if (cloud.status === 'fulfilled') await cloud.value.close();
  }

  #connect(credentials: CloudCredentials): Promise<OpenStack> {
    const { onProgress, signal } = this.options;
    for (const text of credentials.warnings) onProgress?.({ subject: 'cloud', phase: 'login', state: 'warn', text });
    return OpenStack.connect(credentials, { ...(signal && { signal }) });
  }

  #cloudsFile(cloud: string): string | undefined {
    const { furtherCloudsFiles: furtherFiles } = this.options;
    const known = listClouds({ env: this.env, cwd: this.projectDir, ...(furtherFiles && { furtherFiles }) });
    return known.find(({ name }) => name === cloud)?.place.replace(/:\d+$/, '');
  }

  #credentialsOptions(cloud: string | undefined, region: string | undefined): CredentialsOptions {
    const { openrc, askPassword, furtherCloudsFiles } = this.options;
    return {
      env: this.env,
      cwd: this.projectDir,
      ...(cloud !== undefined && { cloud }),
      ...(region !== undefined && { region }),
      ...(openrc !== undefined && { openrc }),
      ...(askPassword && { askPassword }),
      ...(furtherCloudsFiles && { furtherFiles: furtherCloudsFiles }),
    };
  }
}
