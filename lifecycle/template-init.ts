import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { type CredentialsOptions, resolveCredentials } from '../cloud/credentials';
import { type Discovery, discover, smallestFlavors } from '../cloud/discover';
import { OpenStack } from '../cloud/openstack';
import { regionsOf } from '../plan/cluster-plan';
import { wrongEnvironmentName } from '../plan/environment-name';
import { ENVIRONMENTS_DIR, environmentNames, loadEnvironment } from '../plan/load-environments';
import type { ProgressListener } from '../plan/progress';
import { phase } from './_phase';
import { UsageError } from './errors';
import { render, type Template } from './templates';

export interface TemplateInitOptions {
  readonly projectDir: string;
  /** Of the environment that is to be written. */
  readonly environment: string;
  /** By the names of the template's values. */
  readonly values: Readonly<Record<string, string>>;
  /** How the cloud is logged in to; it is asked only for values that nobody has given. */
  readonly credentials: CredentialsOptions;
  readonly onProgress?: ProgressListener;
  readonly signal?: AbortSignal;
}

export interface TemplateInitResult {
  readonly environment: string;
  readonly file: string;
  /** Values that the cloud was asked for. */
  readonly found: Readonly<Record<string, string>>;
  /** Common environments that the file names and the project has not yet. */
  readonly missing: readonly string[];
}

/**
 * Writes an environment from a template. What is missing of its values is asked of the cloud where that can know it: the
 * newest image, the smallest flavor that fits. A file that would be no valid plan is not left there.
 * @throws {UsageError} when the environment exists, or a value is missing @throws {PlanError} when the plan is none
 */
export async function initTemplate(template: Template, options: TemplateInitOptions): Promise<TemplateInitResult> {
  const { environment, values } = options;
  const projectDir = resolve(options.projectDir);
  refuseName(environment, projectDir);
  const found = await tryFind(template, options);
  const text = inCloud(render(template, { ...found, ...values }), cloudOf(options));
  const file = join(projectDir, ENVIRONMENTS_DIR, `${environment}.yaml`);
  mkdirSync(join(projectDir, ENVIRONMENTS_DIR), { recursive: true });
  writeFileAtomic(file, text);
  try {
    const loaded = loadEnvironment(projectDir, environment);
    const there = environmentNames(projectDir);
    const commons = loaded.kind === 'cluster' ? regionsOf(loaded.plan).map(({ common }) => common) : [];
    return { environment, file, found, missing: commons.filter((common) => !there.includes(common)) };
  } catch (error) {
    rmSync(file, { force: true });
    throw error;
  }
}

/** Clusters are in the cloud of the common environments that they stand on, and say so too. */
function cloudOf({ projectDir, credentials }: TemplateInitOptions): string | undefined {
  for (const name of environmentNames(resolve(projectDir))) {
    try {
      const { kind, plan } = loadEnvironment(resolve(projectDir), name);
      if (kind === 'common') return plan.cloud;
    } catch {
      // told when it is used
    }
  }
  return credentials.cloud;
}

function inCloud(text: string, cloud: string | undefined): string {
  return cloud === undefined ? text : text.replace(/^kind: .*$/m, (line) => `${line}\ncloud: ${cloud}`);
}

function refuseName(environment: string, projectDir: string): void {
  const wrong = wrongEnvironmentName(environment);
  if (wrong !== undefined) throw new UsageError(`no environment can be called "${environment}": ${wrong}`);
  const there = environmentNames(projectDir).includes(environment);
  if (there || existsSync(join(projectDir, ENVIRONMENTS_DIR, `${environment}.nodes.json`)))
    throw new UsageError(`there is an environment "${environment}" already: give the new one another name`);
}

/** What the cloud knows of the values that are missing; nothing where none are. */
async function tryFind(template: Template, options: TemplateInitOptions): Promise<Readonly<Record<string, string>>> {
  const wanted = Object.entries(template.values).filter(
    ([name, { needs, default: otherwise }]) =>
      options.values[name] === undefined && otherwise === undefined && (needs !== undefined || name === 'image'),
  );
  if (wanted.length === 0) return {};
  const { onProgress, signal } = options;
  const about = { subject: template.name, phase: 'discover', text: 'asking the cloud what there is' };
  return phase(onProgress, about, async () => {
    const credentials = await resolveCredentials(options.credentials);
    const cloud = await OpenStack.connect(credentials, { ...(signal && { signal }) });
    try {
      const discovery = await discover(cloud);
      return Object.fromEntries(wanted.flatMap(([name, { needs }]) => choice(name, needs, discovery)));
    } finally {
      await cloud.close();
    }
  });
}

function choice(name: string, needs: Template['values'][string]['needs'], found: Discovery): [string, string][] {
  const chosen = needs ? smallestFlavors(found.flavor.all, needs)[0] : found.image.chosen;
  return chosen ? [[name, chosen.name]] : [];
}
