import { letsOutTo, type NetworkService, type SecurityGroup, type SecurityGroupRule } from '../cloud/network';
import { mirrorsGroupName } from '../plan/cluster-plan';
import { MIRROR_PORTS } from '../roles/ports';

/** By which ours are known, in the cloud and here. */
const DESCRIPTION = 'Package mirrors, while firesteel configure installs';

/** Whether a rule is one that lets nodes out to package mirrors while `configure` installs. */
export function isMirrorsRule(rule: SecurityGroupRule): boolean {
  return rule.description === DESCRIPTION && MIRROR_PORTS.some((port) => letsOutTo(rule, port));
}

/** Those that stand now in the group of an environment. @throws {CloudError} */
export async function mirrorsRules(
  network: NetworkService,
  environment: string,
): Promise<readonly SecurityGroupRule[]> {
  const groups = await findGroups(network, environment);
  return groups.flatMap(({ rules }) => rules.filter(isMirrorsRule));
}

/**
 * Lets the nodes of an environment out to package mirrors; done as well where they are already.
 * @throws {CloudError} @throws {Error} when it has no group for that
 */
export async function openMirrors(network: NetworkService, environment: string): Promise<void> {
  // Regions that share their services have one each, of one name.
  const groups = await findGroups(network, environment);
  if (groups.length === 0) {
    const name = mirrorsGroupName({ name: environment });
    throw new Error(
      `${environment} has no security group "${name}" in the cloud, by which package mirrors are opened: deploy it first, "firesteel up ${environment}"`,
    );
  }
  const missing = groups.flatMap(({ id, rules }) =>
    MIRROR_PORTS.filter((port) => !rules.some((rule) => letsOutTo(rule, port))).map((port) => ({ id, port })),
  );
  await Promise.all(missing.map(({ id, port }) => network.allowOut(id, port, DESCRIPTION)));
}

/** @returns how many rules there were @throws {CloudError} */
export async function closeMirrors(network: NetworkService, environment: string): Promise<number> {
  const rules = await mirrorsRules(network, environment);
  await Promise.all(rules.map(({ id }) => network.delete({ kind: 'security group rule', id })));
  return rules.length;
}

function findGroups(network: NetworkService, environment: string): Promise<readonly SecurityGroup[]> {
  return network.securityGroups({ name: mirrorsGroupName({ name: environment }) });
}
