import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Role } from '../roles/role';
import type { ClusterSpec } from './cluster-spec';
import { mapGroups } from './map-groups';
import { PlanError, type PlanIssue } from './plan-error';

/** How a file names a role that stands in a module of the project. */
const MODULE = /^\.\.?\//;

/**
 * The spec with the user's own roles in the place of the modules that hold them.
 * @throws {PlanError} for every module that can't be loaded, or holds no role
 */
export function withOwnRoles(spec: ClusterSpec, projectDir: string): ClusterSpec {
  const issues: PlanIssue[] = [];
  const load = (role: string | Role, path: string): string | Role => {
    if (typeof role !== 'string' || !MODULE.test(role)) return role;
    try {
      return loadRole(join(projectDir, role));
    } catch (error) {
      issues.push({ path, message: `${role} ${(error as Error).message}` });
      return role;
    }
  };
  const loaded = mapGroups(spec, (group, path) => ({
    ...group,
    roles: (group.roles ?? []).map((role, index) => load(role, `${path}.roles.${index}`)),
  }));
  if (issues.length > 0) throw new PlanError(issues);
  return loaded;
}

function loadRole(file: string): Role {
  if (!existsSync(file)) throw new Error('is not there: give its path from the project folder');
  const found = Object.values(load(file)).filter(isRole);
  if (found.length === 1) return found[0]!;
  const many = found.map(({ name }) => name).join(', ');
  throw new Error(
    `holds ${found.length === 0 ? 'no role' : `several (${many})`}: export one object with name, summary and exposes, like those of Firesteel's own roles`,
  );
}

function load(file: string): Record<string, unknown> {
  try {
    return createRequire(file)(file) as Record<string, unknown>;
  } catch (error) {
    const [reason] = String((error as Error).message).split('\n');
    throw new Error(`can't be loaded: ${reason}`, { cause: error });
  }
}

function isRole(value: unknown): value is Role {
  const { name, summary, exposes } = (value ?? {}) as Partial<Role>;
  return typeof name === 'string' && typeof summary === 'string' && Array.isArray(exposes);
}
