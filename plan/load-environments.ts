import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { withLocalPaths } from './_local-paths';
import { isName, NAME_RULE } from './_names';
import { withOwnRoles } from './_own-roles';
import { didYouMean } from './_suggest';
import { YamlSource } from './_yaml-source';
import { zodIssues } from './_zod-issues';
import { type ClusterPlan, type CommonPlan, inRegion, type RegionPlan, regionsOf } from './cluster-plan';
import { type ClusterGroupSpec, clusterSchema } from './cluster-spec';
import { commonPlan, commonSchema, commonWarnings } from './common-spec';
import { clusterPlan, clusterScalable } from './general-cluster';
import { mapGroups } from './map-groups';
import { type NodeRegister, readRegister, restingOf } from './node-register';
import { PlanError, type PlanIssue } from './plan-error';
import type { ScalableGroups } from './scalable-group';
import { SPARK_SCALABLE, sparkClusterPlan } from './spark-cluster';
import { sparkSchema } from './spark-spec';
import { stateWarnings } from './state-issues';
import { wrongAddresses, wrongBalancerAddresses } from './subnet-addresses';
import { WEB_SCALABLE, webClusterPlan } from './web-cluster';
import { webSchema } from './web-spec';

/** Folder of a project that holds one YAML or JSON file an environment. */
export const ENVIRONMENTS_DIR = 'environments';

export type Environment = CommonEnvironment | ClusterEnvironment;

interface EnvironmentFile {
  readonly name: string;
  /** Path of its YAML file. */
  readonly file: string;
  /** What the user should know although the plan is a valid one. */
  readonly warnings: readonly string[];
}

export interface CommonEnvironment extends EnvironmentFile {
  readonly kind: 'common';
  readonly plan: CommonPlan;
}

export interface ClusterEnvironment extends EnvironmentFile {
  readonly kind: 'cluster';
  readonly plan: ClusterPlan;
  /** Path of its node register, which need not exist. */
  readonly registerFile: string;
  /** The nodes that the plan asks for, as they are to be registered. */
  readonly register: NodeRegister;
  /** Groups whose number can be changed; see `setCount`. */
  readonly scalable: ScalableGroups;
}

export const environmentSchema = z.discriminatedUnion('kind', [commonSchema, sparkSchema, clusterSchema, webSchema]);

const EXTENSIONS = ['yaml', 'yml', 'json'];
const ENVIRONMENT_FILE = new RegExp(`(?<!\\.nodes)\\.(${EXTENSIONS.join('|')})$`);

/** Names of the environments that a project has, in alphabetical order. */
export function environmentNames(projectDir: string): string[] {
  const dir = join(projectDir, ENVIRONMENTS_DIR);
  if (!existsSync(dir)) return [];
  const names = readdirSync(dir)
    .filter((file) => ENVIRONMENT_FILE.test(file))
    .map((file) => file.replace(ENVIRONMENT_FILE, ''));
  return [...new Set(names)].sort();
}

/**
 * All environments of a project.
 * @throws {PlanError} with the issues of all files
 */
export function loadEnvironments(projectDir: string): Environment[] {
  const issues: PlanIssue[] = [];
  const environments = environmentNames(projectDir).flatMap((name) => {
    try {
      return [loadEnvironment(projectDir, name)];
    } catch (error) {
      if (!(error instanceof PlanError)) throw error;
      issues.push(...error.issues);
      return [];
    }
  });
  issues.push(...missingCommons(environments, projectDir, issues), ...addressesOfAll(environments));
  if (issues.length > 0) throw new PlanError(issues);
  return environments;
}

/** @throws {PlanError} when there is no such environment, or something is wrong with it */
export function loadEnvironment(projectDir: string, name: string): Environment {
  const file = findFile(projectDir, name);
  const source = readSource(file);
  if (!isName(name))
    throw new PlanError([source.issue([], `"${name}" (the file's name) can't be an environment's name: ${NAME_RULE}`)]);
  const parsed = environmentSchema.safeParse(source.value, { reportInput: true });
  if (!parsed.success) throw new PlanError(zodIssues(parsed.error, source, environmentSchema));
  try {
    return toEnvironment(name, file, parsed.data, projectDir);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    throw new PlanError(
      error.issues.map((issue) => (issue.file ? issue : source.issue(keysOf(issue.path, source), issue.message))),
    );
  }
}

/** @throws {PlanError} when it can't be read */
function readSource(file: string): YamlSource {
  const shown = relative(process.cwd(), file) || file;
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? String(error);
    const reason = UNREADABLE[code] ?? `can't be read: ${code}`;
    throw new PlanError([{ file: shown, path: '', message: reason }]);
  }
  return new YamlSource(shown, text);
}

const UNREADABLE: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder: an environment is a file',
  ENOENT: 'is a link to a file that is not there',
};

function toEnvironment(
  name: string,
  file: string,
  spec: z.infer<typeof environmentSchema>,
  projectDir: string,
): Environment {
  if (spec.kind === 'common') {
    const plan = commonPlan(name, spec, projectDir);
    return { kind: 'common', name, file, plan, warnings: commonWarnings(plan) };
  }
  const registerFile = join(projectDir, ENVIRONMENTS_DIR, `${name}.nodes.json`);
  const { plan, scalable } = clusterOf(name, spec, readRegister(registerFile), projectDir);
  const warnings = stateWarnings(plan.state);
  const register = registerOf(plan, registerFile);
  return { kind: 'cluster', name, file, plan, registerFile, register, scalable, warnings };
}

type ClusterFile = Exclude<z.infer<typeof environmentSchema>, { kind: 'common' }>;

function clusterOf(
  name: string,
  spec: ClusterFile,
  register: NodeRegister,
  projectDir: string,
): Pick<ClusterEnvironment, 'plan' | 'scalable'> {
  if (spec.kind === 'spark') return { plan: sparkClusterPlan(name, spec, register), scalable: SPARK_SCALABLE };
  const settings = withLocalPaths(spec.settings, projectDir);
  if (spec.kind === 'web') {
    const own = { ...spec, settings, app: resolve(projectDir, spec.app) };
    return { plan: webClusterPlan(name, own, register), scalable: WEB_SCALABLE };
  }
  const local = mapGroups({ ...spec, settings }, (group) => withLocalFiles(group, projectDir));
  const own = withOwnRoles(local, projectDir);
  return { plan: clusterPlan(name, own, register), scalable: clusterScalable(spec) };
}

/** The group with the files of the user's own by their absolute paths. */
function withLocalFiles(group: ClusterGroupSpec, projectDir: string): ClusterGroupSpec {
  const { cloudInit, steps = {} } = group;
  const local = Object.entries(steps).map(([moment, all]) => [
    moment,
    all?.map((step) => ('script' in step ? { ...step, script: resolve(projectDir, step.script) } : step)),
  ]);
  return {
    ...group,
    steps: Object.fromEntries(local),
    ...(cloudInit !== undefined && { cloudInit: resolve(projectDir, cloudInit) }),
  };
}

/** What the register file is to hold once the plan is deployed. */
function registerOf(plan: ClusterPlan, registerFile: string): NodeRegister {
  const known = readRegister(registerFile);
  const groups = { ...known.groups };
  for (const { name, numbers, resting = {} } of plan.groups) {
    groups[name] = {
      next: Math.max(groups[name]?.next ?? 0, ...numbers.map((number) => number + 1)),
      nodes: [...numbers],
      ...restingOf(resting),
    };
  }
  return { version: 1, groups };
}

/** A dotted path back into keys, where keys may hold dots themselves (`spark.conf.spark.ui.port`). */
function keysOf(path: string, source: YamlSource): string[] {
  const keys: string[] = [];
  let value = source.value;
  let rest = path;
  while (rest !== '') {
    const key = longestKey(value, rest);
    keys.push(key);
    rest = rest.slice(key.length + 1);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return keys;
}

function longestKey(value: unknown, path: string): string {
  const keys = typeof value === 'object' && value !== null ? Object.keys(value) : [];
  const fitting = keys.filter((key) => path === key || path.startsWith(`${key}.`));
  return fitting.sort((a, b) => b.length - a.length)[0] ?? path.split('.')[0]!;
}

function findFile(projectDir: string, name: string): string {
  const dir = join(projectDir, ENVIRONMENTS_DIR);
  const [file, second] = EXTENSIONS.map((extension) => join(dir, `${name}.${extension}`)).filter((path) =>
    lstatSync(path, { throwIfNoEntry: false }),
  );
  if (file && second)
    throw new PlanError([{ path: '', message: `${file} and ${second} are both environment "${name}": keep one` }]);
  if (file) return file;
  const names = environmentNames(projectDir);
  const known = names.length > 0 ? `there are ${names.join(', ')}` : `${dir} holds none: "firesteel init" writes them`;
  throw new PlanError([
    {
      path: '',
      message: `no environment "${name}"${didYouMean(basename(name).replace(ENVIRONMENT_FILE, ''), names)}: ${known}`,
    },
  ]);
}

function missingCommons(
  environments: readonly Environment[],
  projectDir: string,
  earlier: readonly PlanIssue[],
): PlanIssue[] {
  if (earlier.length > 0) return [];
  const commons = environments.filter((environment) => environment.kind === 'common').map(({ name }) => name);
  return environments.flatMap((environment) => {
    if (environment.kind !== 'cluster') return [];
    const missing = regionsOf(environment.plan).filter(({ common }) => !commons.includes(common));
    return missing.map((region) => missingCommon(environment, region, commons, projectDir));
  });
}

/** What is wrong with a cluster whose common environment, in a region, is none of `commons`. */
export function missingCommon(
  { file, plan }: ClusterEnvironment,
  { name, common }: RegionPlan,
  commons: readonly string[],
  projectDir: string,
): PlanIssue {
  const source = readSource(file);
  const allowed =
    commons.length > 0
      ? `there are ${commons.join(', ')}`
      : `write ${join(projectDir, ENVIRONMENTS_DIR, `${common}.yaml`)}`;
  const path = plan.regions ? ['regions', name!, 'common'] : ['common'];
  return source.issue(path, `no common environment "${common}"${didYouMean(common, commons)}: ${allowed}`);
}

function addressesOfAll(environments: readonly Environment[]): PlanIssue[] {
  return environments.flatMap((environment) => {
    if (environment.kind !== 'cluster') return [];
    return regionsOf(environment.plan).flatMap((region) => {
      const common = environments.find(({ name }) => name === region.common);
      return common?.kind === 'common' ? addressIssues(environment, region, common.plan) : [];
    });
  });
}

/** Which fixed addresses of a cluster's nodes its network can't give, as far as the network's range is known. */
export function addressIssues(
  { file, plan, scalable }: ClusterEnvironment,
  region: RegionPlan,
  { network }: CommonPlan,
): PlanIssue[] {
  if (network.kind !== 'new') return [];
  const wrong = wrongAddresses(inRegion(plan, region).groups, network.cidr);
  const balancing = wrongBalancerAddresses(plan.loadBalancers ?? [], network.cidr);
  if (wrong.length + balancing.length === 0) return [];
  const source = readSource(file);
  const ofBalancers = balancing.map(({ balancer, message }) =>
    source.issue(['loadBalancers', balancer, 'address'], message),
  );
  const ofNodes = wrong.map(({ group, number, message }) => {
    const section = Object.values(scalable)
      .find((one) => one.group === group)
      ?.path.slice(0, -1) ?? [group];
    if (number === undefined) return source.issue([...section, 'virtualIp', 'address'], message);
    const position = plan.groups.find(({ name }) => name === group)!.numbers.indexOf(number);
    return source.issue([...section, 'addresses', position], message);
  });
  return [...ofNodes, ...ofBalancers];
}
