import type { ClusterPlan, NodeGroupPlan } from '../../plan/cluster-plan';

/** A plan of some groups, with nothing said of anything else. */
export function planOf(groups: readonly NodeGroupPlan[]): ClusterPlan {
  const source = { kind: 'pypi', sha256: 'x' } as const;
  return {
    name: 'shop',
    common: 'common',
    groups,
    settings: {
      spark: { version: '4.0.0', source, conf: {}, packages: [] },
      python: { packages: [] },
      apt: { packages: [] },
      egress: 'configure',
      ssh: { user: '', authorizedKeys: [] },
      roles: {},
    },
    hostKeys: {},
    timeouts: { serverSeconds: 900, sshSeconds: 300, cloudInitSeconds: 600, healthSeconds: 180 },
  };
}
