import { join, resolve } from 'node:path';
import type { CloudCredentials } from '../cloud/cloud-credentials';
import type { OpenStack } from '../cloud/openstack';
import { findIdentity, type Identity } from '../configure/identity';
import type { Inventory } from '../inventory/inventory';
import { JsonInventory } from '../inventory/json-inventory';
import { type ClusterPlan, type RegionPlan, regionsOf } from '../plan/cluster-plan';
import { joinCommon } from '../plan/join-common';
import {
  addressIssues,
  type ClusterEnvironment,
  type CommonEnvironment,
  type Environment,
  environmentNames,
  loadEnvironment,
  missingCommon,
} from '../plan/load-environments';
import { PlanError } from '../plan/plan-error';
import { FileSecretStore } from '../secrets/file-secret-store';
import type { SecretStore } from '../secrets/secret-store';
import { toolEnvironment } from '../tools/tool-environment';
import { Clouds, type LoginOptions, type Place } from './_clouds';
import { UsageError } from './errors';
import { type SynthesizedStack, synthesize, synthesizedStacks } from './synth';
import { Terraform } from './terraform';

export interface WorkspaceOptions extends LoginOptions {
  /** Folder of cdktf.json and environments/. */
  readonly projectDir: string;
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Asks for the passphrase of a private key. @default - an encrypted key that no agent holds is an error */
  readonly askPassphrase?: (file: string) => Promise<string>;
}

/** A cluster environment with the common ones that it stands on, joined as both deploy and configure see it. */
export interface Cluster {
  readonly environment: ClusterEnvironment;
  /** In the order of the cluster's regions. */
  readonly commons: readonly CommonEnvironment[];
  readonly plan: ClusterPlan;
}

/** One project: its environments, its stacks, and how its cloud is reached. What is slow is done once, when first asked for. */
export class Workspace {
  readonly projectDir: string;
  readonly env: NodeJS.ProcessEnv;
  readonly inventory: Inventory;
  readonly secrets: SecretStore;
  #stacks: Promise<ReadonlyMap<string, SynthesizedStack>> | undefined;
  #tools: Promise<Record<string, string>> | undefined;
  /** Warnings, each of which is told once however often its plan is read. */
  readonly #told = new Set<string>();
  readonly #clouds: Clouds;
  readonly #identities = new Map<string, Promise<Identity>>();

  constructor(readonly options: WorkspaceOptions) {
    this.projectDir = resolve(options.projectDir);
    this.env = options.env ?? process.env;
    this.#clouds = new Clouds(this.projectDir, this.env, options);
    this.inventory = new JsonInventory(this.memoryDir);
    const onWarning = (text: string) =>
      options.onProgress?.({ subject: 'secrets', phase: 'open', state: 'warn', text });
    this.secrets = new FileSecretStore({ projectDir: this.projectDir, onWarning });
  }

  /** Folder of what Firesteel remembers of this project. */
  get memoryDir(): string {
    return join(this.projectDir, '.firesteel');
  }

  environmentNames(): string[] {
    return environmentNames(this.projectDir);
  }

  /** @throws {PlanError} */
  environment(name: string): Environment {
    const environment = loadEnvironment(this.projectDir, name);
    for (const text of environment.warnings) {
      const warning = `${name}: ${text}`;
      if (!this.#told.has(warning)) this.options.onProgress?.({ subject: name, phase: 'plan', state: 'warn', text });
      this.#told.add(warning);
    }
    return environment;
  }

  /** @throws {PlanError} for every environment that something is wrong with */
  environments(names: readonly string[]): Environment[] {
    const issues: PlanError[] = [];
    const environments = names.flatMap((name) => {
      try {
        return [this.environment(name)];
      } catch (error) {
        if (!(error instanceof PlanError)) throw error;
        issues.push(error);
        return [];
      }
    });
    if (issues.length > 0) throw new PlanError(issues.flatMap((error) => error.issues));
    return environments;
  }

  /** @throws {UsageError} when it is no cluster @throws {PlanError} */
  cluster(name: string): Cluster {
    const environment = this.environment(name);
    if (environment.kind === 'cluster') return this.join(environment);
    throw new UsageError(
      `${name} is what the other environments share and has no nodes: name one of ${this.#namesOf('cluster').join(', ')}`,
    );
  }

  /** @throws {PlanError} when there is no such common environment @throws {UsageError} when they don't fit together */
  join(environment: ClusterEnvironment): Cluster {
    const regions = regionsOf(environment.plan);
    const commons = regions.map((region) => this.#commonOf(environment, region));
    const issues = regions.flatMap((region, index) => addressIssues(environment, region, commons[index]!.plan));
    if (issues.length > 0) throw new PlanError(issues);
    refuseDifferentKeys(environment, commons);
    const plans = commons.map(({ plan }) => plan);
    return { environment, commons, plan: joinCommon(environment.plan, plans) };
  }

  #commonOf(environment: ClusterEnvironment, region: RegionPlan): CommonEnvironment {
    if (!this.environmentNames().includes(region.common))
      throw new PlanError([missingCommon(environment, region, this.#namesOf('common'), this.projectDir)]);
    const common = this.environment(region.common);
    if (common.kind !== 'common') {
      throw new UsageError(`"common: ${common.name}" in ${environment.file}: ${common.file} is not of "kind: common"`);
    }
    const { plan } = environment;
    if (common.plan.cloud !== plan.cloud) {
      throw new UsageError(
        `${environment.name} is in ${cloudText(environment)} and its common environment ${common.name} in ${cloudText(common)}: they must be in one cloud`,
      );
    }
    if (plan.regions && common.plan.region !== region.name) {
      throw new UsageError(
        `${environment.file} has ${common.name} in the region ${region.name}, and ${common.file} says ${common.plan.region === undefined ? 'no region' : `"region: ${common.plan.region}"`}: say "region: ${region.name}" there`,
      );
    }
    return common;
  }

  /** All stacks of the project, synthesized once. */
  stacks(): Promise<ReadonlyMap<string, SynthesizedStack>> {
    this.#stacks ??= this.#tool().then((tools) => {
      return synthesize({ projectDir: this.projectDir, env: { ...this.env, ...tools }, ...this.#listeners() });
    });
    return this.#stacks;
  }

  /** To be called when we have changed an environment's file: the stacks are synthesized anew when next asked for. */
  forgetStacks(): void {
    this.#stacks = undefined;
  }

  /** @throws {UsageError} when the project's program makes no stack of that name */
  async stack(name: string): Promise<SynthesizedStack> {
    const stacks = await this.stacks();
    const stack = stacks.get(name);
    if (stack) return stack;
    throw new UsageError(
      `the app of cdktf.json makes no stack "${name}", it makes ${[...stacks.keys()].join(', ') || 'none'}: it has to make one for every file in environments/`,
    );
  }

  /** The stack as it was synthesized last, by us or by cdktf; synthesized now where it never was. */
  async lastStack(name: string): Promise<SynthesizedStack> {
    return synthesizedStacks(this.projectDir).get(name) ?? this.stack(name);
  }

  /** Terraform on an environment's stack, logged in to its cloud. */
  async terraform(
    environment: Environment,
    stack?: SynthesizedStack,
    { login: loggedIn = true }: { readonly login?: boolean } = {},
  ): Promise<Terraform> {
    // First, because it is quick: where it fails, nothing slow has begun that would go on.
    const login = loggedIn ? await this.#clouds.login(environment) : this.env;
    const [made, tools] = await Promise.all([stack ?? this.stack(environment.name), this.#tool()]);
    const { projectDir } = this;
    return new Terraform(made, { env: { ...login, ...tools }, projectDir, ...this.#listeners() });
  }

  /** Who we are at the environment's cloud. @throws {CloudError} */
  credentials(environment: Pick<Environment, 'plan'>): Promise<CloudCredentials> {
    return this.#clouds.credentials(environment.plan);
  }

  /**
   * The environment's cloud, logged in once.
   * @param region the cloud's name, of a cluster that is in several @default - the environment's
   * @throws {CloudError}
   */
  cloud({ plan: { cloud, region: own } }: Pick<Environment, 'plan'>, region = own): Promise<OpenStack> {
    return this.#clouds.cloud({ ...(cloud !== undefined && { cloud }), ...(region !== undefined && { region }) });
  }

  /** The same in each of its regions. @throws {CloudError} */
  clouds(environment: Environment): Promise<readonly OpenStack[]> {
    return Promise.all(placesOf(environment).map((place) => this.#clouds.cloud(place)));
  }

  /** The same for what has to be done even after Ctrl-C; the caller closes them. @throws {CloudError} */
  lastingClouds(environment: Environment): Promise<readonly OpenStack[]> {
    return Promise.all(placesOf(environment).map((place) => this.#clouds.lastingCloud(place)));
  }

  /** The private half of a common environment's key; a passphrase is asked for once. @throws {IdentityError} */
  identity(common: CommonEnvironment): Promise<Identity> {
    const { keyPair, ssh } = common.plan;
    const key = JSON.stringify([keyPair, ssh.privateKeyFile]);
    const known = this.#identities.get(key);
    if (known) return known;
    const found = this.#findIdentity(common);
    this.#identities.set(key, found);
    // It may be in an agent's hands the next time.
    found.catch(() => this.#identities.delete(key));
    return found;
  }

  async #findIdentity(common: CommonEnvironment): Promise<Identity> {
    const { keyPair, ssh } = common.plan;
    const publicKey = keyPair.kind === 'publicKey' ? keyPair.publicKey : await this.#publicKeyOf(common, keyPair.name);
    return findIdentity({
      ...(publicKey !== undefined && { publicKey }),
      ...(ssh.privateKeyFile !== undefined && { privateKeyFile: ssh.privateKeyFile }),
      ...(this.env.SSH_AUTH_SOCK && { agentSocket: this.env.SSH_AUTH_SOCK }),
      ...(this.options.askPassphrase && { askPassphrase: this.options.askPassphrase }),
    });
  }

  /** Where the cloud doesn't tell (it may be another user's key pair), every private key that is found is offered. */
  async #publicKeyOf(common: CommonEnvironment, keyPair: string): Promise<string | undefined> {
    try {
      const found = await (await this.cloud(common)).compute.tryKeyPair(keyPair);
      return found?.publicKey;
    } catch {
      return undefined;
    }
  }

  /** Ends idle connections to clouds. */
  close(): Promise<void> {
    return this.#clouds.close();
  }

  /** What has to be added to the environment, so that Terraform and its provider are found. */
  #tool(): Promise<Record<string, string>> {
    this.#tools ??= toolEnvironment({ env: this.env, ...this.#listeners() });
    return this.#tools;
  }

  #listeners(): Pick<WorkspaceOptions, 'onProgress' | 'signal'> {
    const { onProgress, signal } = this.options;
    return { ...(onProgress && { onProgress }), ...(signal && { signal }) };
  }

  #namesOf(kind: Environment['kind']): string[] {
    return this.environmentNames().filter((name) => {
      try {
        return loadEnvironment(this.projectDir, name).kind === kind;
      } catch {
        return false;
      }
    });
  }
}

function placesOf({ kind, plan }: Environment): readonly Place[] {
  if (kind === 'common') return [plan];
  const cloud = plan.cloud === undefined ? {} : { cloud: plan.cloud };
  return regionsOf(plan).map(({ name }) => ({ ...cloud, ...(name !== undefined && { region: name }) }));
}

function cloudText({ plan: { cloud } }: Environment): string {
  return cloud === undefined ? 'the cloud of the shell' : `cloud "${cloud}"`;
}

/** A cluster's nodes are all reached with one key. @throws {UsageError} */
function refuseDifferentKeys({ file }: ClusterEnvironment, commons: readonly CommonEnvironment[]): void {
  const keys = commons.flatMap(({ plan: { keyPair } }) => (keyPair.kind === 'publicKey' ? [keyPair.publicKey] : []));
  if (new Set(keys).size <= 1) return;
  const names = commons.map(({ name }) => name).join(', ');
  throw new UsageError(`${file}: ${names} have different keys (ssh.publicKey), and a cluster has one: name the same`);
}
