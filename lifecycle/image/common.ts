import type { CommonEnvironment } from '../../plan/load-environments';
import { UsageError } from '../errors';
import type { Cluster, Workspace } from '../workspace';

const USUAL = 'common';

/**
 * The common environment that says which cloud it is about, and on which network images are built.
 * @param wished its name. @default - that of the cluster; `common`; the only one there is
 * @throws {UsageError} when there is none, or several and none is called `common`
 */
export function imageCommon(workspace: Workspace, wished?: string, cluster?: Cluster): CommonEnvironment {
  if (wished === undefined && cluster) return cluster.commons[0]!;
  const name = wished ?? usual(workspace);
  const environment = workspace.environment(name);
  if (environment.kind === 'common') return environment;
  throw new UsageError(`${environment.file} is not of "kind: common": --common wants the name of one that is`);
}

function usual(workspace: Workspace): string {
  const names = workspace.environmentNames();
  if (names.includes(USUAL)) return USUAL;
  const commons = names.filter((name) => workspace.environment(name).kind === 'common');
  if (commons.length === 1) return commons[0]!;
  if (commons.length > 1) throw new UsageError(`which cloud and network: say --common, one of ${commons.join(', ')}`);
  throw new UsageError(
    'the project has no common environment, which says in which cloud and on which network images are built: "firesteel init" writes one',
  );
}
