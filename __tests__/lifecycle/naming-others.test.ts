import { namingOthers } from '../../lifecycle/_naming-others';
import { clusterPlan } from '../../plan/general-cluster';

const { groups } = clusterPlan('dev', {
  image: 'debian-12',
  groups: {
    edge: { flavor: 's', roles: ['haproxy'] },
    web: { flavor: 's', count: 2, roles: ['node-exporter'] },
    names: { flavor: 's', count: 2, roles: ['dnsmasq'] },
  },
  settings: { haproxy: { frontends: [{ name: 'web', port: 80, backend: { role: 'node-exporter', port: 9100 } }] } },
});

test('a node that comes or goes is told to those that name any others', () => {
  expect(namingOthers({ groups }, ['web-1'])).toEqual(['edge-0', 'names-0', 'names-1']);
});

test('one of a role that all nodes name is told to all', () => {
  expect(namingOthers({ groups }, ['names-2'])).toEqual(['edge-0', 'web-0', 'web-1', 'names-0', 'names-1']);
});

test('nobody is told where none moves, nor while he is off', () => {
  expect(namingOthers({ groups }, [])).toEqual([]);
  const off = groups.map((group) => (group.name === 'edge' ? { ...group, resting: { 0: 'off' as const } } : group));
  expect(namingOthers({ groups: off }, ['web-1'])).toEqual(['names-0', 'names-1']);
});
