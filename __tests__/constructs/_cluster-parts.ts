import type { TerraformStack } from 'cdktf';
import { KeyPair } from '../../constructs/key-pair';
import { Network } from '../../constructs/network';
import type { NodeGroupProps } from '../../constructs/node-group';
import type { NodeGroupPlan } from '../../plan/cluster-plan';
import type { Port, Role } from '../../roles/role';

/** A line that `ssh-keygen -t ed25519` made; its private half is gone. */
export const PUBLIC_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGiGrGVuIPfJDs5VUdBnkbHqyqKTM08PXHaS1VJHtKl somebody@example.org';

export function role(name: string, ...exposes: Port[]): Role {
  return { name, summary: `Role ${name}`, exposes };
}

/** Props that a node group can't do without, on a network that exists. */
export function groupProps(stack: TerraformStack): NodeGroupProps {
  return {
    flavor: 'm1.small',
    image: 'debian-12',
    keyPair: KeyPair.fromName('mine'),
    network: Network.fromName(stack, 'network', { network: 'lan', subnet: 'lan-4', external: 'public' }),
  };
}

export function groupPlan(name: string, overrides: Partial<NodeGroupPlan> = {}): NodeGroupPlan {
  const defaults = {
    flavor: 'm1.small',
    image: 'debian-12',
    numbers: [0],
    floatingIps: 'none' as const,
    volumes: [],
    roles: [],
  };
  return { name, placement: 'spread', ...defaults, ...overrides };
}
