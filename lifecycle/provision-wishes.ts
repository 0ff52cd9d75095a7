import { existsSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { type AskCloudOptions, findSurroundings, type SurroundingsWishes } from './_surroundings';
import type { ClusterProject, ClusterSettings, Settings } from './cluster-project';
import { UsageError } from './errors';

/** What the user says of a web application without a file. What is not said stays as it is, or gets its default. */
export interface ProvisionWishes extends SurroundingsWishes {
  /** Folder with the application's code, absolute. */
  readonly app: string;
  /** Application servers. */
  readonly servers: number;
}

/** Where an application is looked for by its name alone. */
const PLACES = ['.', 'apps', 'examples/apps'];

/**
 * The folder that an application's name means: one from here on, or one of `apps/` or `examples/apps/`.
 * @throws {UsageError} when there is none
 */
export function findApp(app: string, cwd: string): string {
  const found = PLACES.map((place) => resolve(cwd, place, app)).find(
    (folder) => existsSync(folder) && statSync(folder).isDirectory(),
  );
  if (found) return found;
  throw new UsageError(
    `there is no folder "${app}" here, nor in ${PLACES.slice(1).join(' or ')}: name the folder with the application's code`,
  );
}

/** `hello-world-dev` of the folder `hello_world` and the environment `dev`. */
export function provisionName(app: string, environment: string): string {
  return `${basename(app)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')}-${environment}`;
}

/**
 * Finds out what a web cluster is to be: what is wished, and for a new one what only the cloud knows. Changes nothing in
 * the cloud.
 * @throws {UsageError} with the candidates, where something has to be chosen by a person @throws {CloudError}
 */
export async function settleProvision(
  project: ClusterProject,
  wishes: ProvisionWishes,
  options: AskCloudOptions,
): Promise<ClusterSettings> {
  const sizes: Settings = [
    [['app'], wishes.app],
    [['servers', 'count'], wishes.servers],
    [['servers', 'flavor'], wishes.flavor],
    [['balancers', 'flavor'], project.said('cluster', 'balancers', 'flavor') ?? wishes.flavor],
  ];
  if (project.described) return { common: [], cluster: sizes };
  const { where, common, image } = await findSurroundings(project, wishes, options);
  return { common, cluster: [[['kind'], 'web'], ...where, [['common'], project.common], [['image'], image], ...sizes] };
}
