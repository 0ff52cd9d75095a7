import { closest } from 'fastest-levenshtein';
import type { SecretSpec } from '../roles/role';
import { UsageError } from './errors';
import type { Workspace } from './workspace';

/** A secret of a cluster, without what it is. */
export interface SecretInfo {
  readonly name: string;
  /** Roles that declare it. */
  readonly roles: readonly string[];
  /** What it opens; absent where only programs need it. */
  readonly opens?: string;
  /** Whether this machine keeps it. */
  readonly kept: boolean;
}

/** @throws {UsageError} for a common environment */
export async function listSecrets(workspace: Workspace, environment: string): Promise<readonly SecretInfo[]> {
  return Promise.all(
    [...declared(workspace, environment)].map(async ([name, { roles, opens }]) => ({
      ...{ name, roles, ...(opens !== undefined && { opens }) },
      kept: (await workspace.secrets.get(environment, name)) !== undefined,
    })),
  );
}

/**
 * The secret itself, for who has asked for it.
 * @throws {UsageError} for one that no role of the cluster declares, or that this machine doesn't keep
 */
export async function revealSecret(workspace: Workspace, environment: string, name: string): Promise<string> {
  const names = [...declared(workspace, environment).keys()];
  if (!names.includes(name)) {
    const known =
      names.length > 0 ? `(did you mean "${closest(name, names)}"?): it has ${names.join(', ')}` : ': it has none';
    throw new UsageError(`${environment} has no secret "${name}" ${known}`);
  }
  const secret = await workspace.secrets.get(environment, name);
  if (secret) return secret.reveal();
  throw new UsageError(
    `this machine does not keep ${name} of ${environment}: "firesteel configure ${environment}" reads it back from the nodes, or makes it`,
  );
}

interface Declared {
  readonly roles: readonly string[];
  readonly opens?: string;
}

function declared(workspace: Workspace, environment: string): ReadonlyMap<string, Declared> {
  const found = new Map<string, Declared>();
  const add = (role: string, { name, opens }: SecretSpec): void => {
    const roles = [...new Set([...(found.get(name)?.roles ?? []), role])];
    found.set(name, { roles, ...(opens !== undefined && { opens }) });
  };
  for (const role of workspace.cluster(environment).plan.groups.flatMap(({ roles }) => roles))
    for (const secret of role.secrets ?? []) add(role.name, secret);
  return found;
}
