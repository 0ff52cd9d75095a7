import { installOperations } from '../../configure/node-steps';
import { canBeBaked, installDigests } from '../../plan/baked-image';
import { sparkClusterPlan } from '../../plan/spark-cluster';
import { findRole, haproxy, keepalived, nginx, node, ROLES } from '../../roles';
import type { Role } from '../../roles/role';
import type { Settings } from '../../roles/settings';
import { UsageError } from '../errors';
import type { Cluster, Workspace } from '../workspace';

/** What is to be in an image; one of the three. */
export interface ContentsWishes {
  /** `spark`, `web`: the roles of such a cluster, with nothing said of them. */
  readonly kind?: string;
  /** Names of roles; `node` is always among them. */
  readonly roles?: readonly string[];
  /** An environment: exactly its roles and what it says of them. */
  readonly environment?: string;
  /** Of an environment with several images: the groups with this one. @default - all groups */
  readonly name?: string;
}

export interface ImageContents {
  /** For people, e.g. `spark`, `kafka,zookeeper`, `dev`. */
  readonly label: string;
  readonly roles: readonly Role[];
  readonly settings: Settings;
  /** The environment that it is for. */
  readonly cluster?: Cluster;
}

/** Without what needs an application: that is baked for an environment that names one. */
const WEB: readonly Role[] = [node, haproxy, keepalived, nginx];

/** @throws {UsageError} for roles that there aren't, or that can't be baked @throws {PlanError} */
export function imageContents(workspace: Workspace, wishes: ContentsWishes): ImageContents {
  const { kind, roles, environment } = wishes;
  const said = [kind && '--kind', roles && '--roles', environment && '--for'].filter(Boolean);
  if (said.length > 1) throw new UsageError(`${said.join(' and ')} are given together: an image has one content`);
  if (environment !== undefined) return ofEnvironment(workspace.cluster(environment), wishes.name);
  if (roles !== undefined) return ofRoles(roles);
  return ofKind(kind ?? 'spark');
}

function ofEnvironment(cluster: Cluster, name: string | undefined): ImageContents {
  const { groups, settings } = cluster.plan;
  const meant = groups.filter(({ image }) => image === name);
  const all = (meant.length > 0 ? meant : groups).flatMap((group) => group.roles);
  const roles = unique(all).filter(canBeBaked);
  return checked({ label: cluster.environment.name, roles, settings, cluster });
}

function ofRoles(names: readonly string[]): ImageContents {
  const roles = names.map(knownRole);
  const no = roles.find((role) => !canBeBaked(role));
  if (no) {
    const can = ROLES.filter(canBeBaked).map(({ name }) => name);
    throw new UsageError(
      `role ${no.name} can't be baked, because it installs nothing: roles that can are ${can.join(', ')}`,
    );
  }
  return checked({ label: names.join(','), roles: unique([node, ...roles]), settings: defaultSettings() });
}

function ofKind(kind: string): ImageContents {
  const plan = defaultPlan();
  switch (kind) {
    case 'spark': {
      const roles = unique(plan.groups.flatMap((group) => group.roles)).filter(canBeBaked);
      return checked({ label: kind, roles, settings: plan.settings });
    }
    case 'web':
      return checked({ label: kind, roles: WEB, settings: plan.settings });
    case 'cluster':
      throw new UsageError(
        'kind cluster has no roles of its own: name them with --roles, or an environment with --for',
      );
    default:
      throw new UsageError(`there is no kind "${kind}": spark or web, or --roles, or --for ENVIRONMENT`);
  }
}

function knownRole(name: string): Role {
  try {
    return findRole(name);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

/** Some roles can't be installed unless a plan says what of, and two may contradict each other. */
function checked(contents: ImageContents): ImageContents {
  const { roles, settings } = contents;
  for (const role of roles) {
    try {
      installDigests([role], settings);
    } catch (error) {
      const { message } = error as Error;
      throw new UsageError(
        `role ${role.name} can't be baked without what a plan says of it: bake it with "--for ENVIRONMENT" (${message.split('\n')[0]})`,
      );
    }
  }
  try {
    installOperations({ settings }, roles);
  } catch (error) {
    throw new UsageError(`these roles can't be in one image: ${(error as Error).message}`);
  }
  return contents;
}

function defaultSettings(): Settings {
  return defaultPlan().settings;
}

/** A plan that says nothing but what it must. */
function defaultPlan() {
  return sparkClusterPlan('image', { image: '-', master: { flavor: '-' }, workers: { flavor: '-', count: 1 } });
}

function unique(roles: readonly Role[]): readonly Role[] {
  return [...new Map(roles.map((role) => [role.name, role])).values()];
}
