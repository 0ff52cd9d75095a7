import type { Role } from './role';

/**
 * The order in which a cluster's roles start: every role is in a later wave than all those it starts after.
 * A role that no node of the cluster has is no reason to wait.
 * @throws {Error} that names the roles which wait for each other
 */
export function startWaves<R extends Pick<Role, 'name' | 'after'>>(roles: readonly R[]): readonly (readonly R[])[] {
  const waves: R[][] = [];
  let left = [...roles];
  while (left.length > 0) {
    const waiting = new Set(left.map(({ name }) => name));
    const ready = left.filter((role) => !role.after?.some((name) => waiting.has(name)));
    if (ready.length === 0) throw new Error(circleMessage(left));
    waves.push(ready);
    left = left.filter((role) => !ready.includes(role));
  }
  return waves;
}

/** The same of all roles that some of the nodes, or of the groups of nodes, have; each counts once. */
export function wavesOf(holders: readonly { readonly roles: readonly Role[] }[]): readonly (readonly Role[])[] {
  const roles = holders.flatMap((holder) => holder.roles);
  return startWaves([...new Map(roles.map((role) => [role.name, role])).values()]);
}

/** Which wave a role is in, from 0; where it is in none, it comes after all of them. */
export function waveOf({ name }: Role, waves: readonly (readonly Role[])[]): number {
  const wave = waves.findIndex((roles) => roles.some((role) => role.name === name));
  return wave < 0 ? waves.length : wave;
}

function circleMessage(roles: readonly Pick<Role, 'name' | 'after'>[]): string {
  const circle = findCircle(roles).join(' → ');
  return `roles: they start after each other in a circle: ${circle} ("→" = starts after). Take one of them out of the \`after\` of the role before it.`;
}

/** Each of the given roles starts after another of them, so following `after` must come back to where it was. */
function findCircle(roles: readonly Pick<Role, 'name' | 'after'>[]): readonly string[] {
  const byName = new Map(roles.map((role) => [role.name, role]));
  const path: string[] = [];
  let name = roles[0]!.name;
  while (!path.includes(name)) {
    path.push(name);
    name = byName.get(name)!.after!.find((other) => byName.has(other))!;
  }
  return [...path.slice(path.indexOf(name)), name];
}
