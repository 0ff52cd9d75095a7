import type { Port } from '../cloud/network';
import type { StateResource } from './terraform-state';

/**
 * Ports that no state knows: where Terraform is interrupted while a port gets ready, the provider forgets it. Their
 * security groups can't be deleted as long as they are there. What is on a server, or has another name or groups of
 * others only, is somebody's.
 */
export function strayPorts(
  ports: readonly Port[],
  resources: readonly StateResource[],
  hostNames: ReadonlySet<string>,
): readonly Port[] {
  const known = new Set(resources.map(({ id }) => id));
  return ports.filter(
    ({ id, name, deviceId, securityGroupIds }) =>
      !known.has(id) && deviceId === '' && hostNames.has(name) && securityGroupIds.some((group) => known.has(group)),
  );
}
