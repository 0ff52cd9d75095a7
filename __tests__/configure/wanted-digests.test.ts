import { wantedDigests } from '../../configure/wanted-digests';
import type { Role } from '../../roles/role';
import { LocalCluster } from './_cluster';
import { textFile } from './_operations';
import { service } from './_services';

const clusters: LocalCluster[] = [];

afterEach(() => {
  for (const cluster of clusters.splice(0)) cluster.dispose();
});

function clusterOf(conf: string, key = 'web.key'): LocalCluster {
  const web: Role = {
    ...service('web', () => '1', 'log'),
    secrets: [{ name: key, bytes: 16, recover: 'true' }],
    install: () => [textFile('web.installed', 'yes')],
    configure: ({ node, secret }) => [textFile('web.conf', `${conf} ${node.name} ${secret(key).reveal()}`)],
  };
  const cluster = new LocalCluster({ web: { count: 2, roles: [web] } });
  clusters.push(cluster);
  return cluster;
}

const digestsOf = ({ plan, output }: LocalCluster) => wantedDigests(plan, output);

test('there is one for every operation of every node, whatever is on the nodes', () => {
  const digests = digestsOf(clusterOf('I am'));

  expect(Object.keys(digests)).toEqual(['web-0', 'web-1']);
  expect(Object.keys(digests['web-0']!)).toEqual([expect.any(String), expect.any(String), 'unit web.service']);
  expect(digestsOf(clusterOf('I am'))).toEqual(digests);
});

test('another one tells what is wanted anew, on which nodes', () => {
  const was = digestsOf(clusterOf('I am'))['web-0']!;
  const is = digestsOf(clusterOf('My name is'))['web-0']!;

  const changed = Object.keys(was).filter((operation) => was[operation] !== is[operation]);
  expect(changed).toEqual([expect.stringContaining('web.conf')]);
});

test('services that are to rest are wanted otherwise', () => {
  const cluster = clusterOf('I am');
  const was = digestsOf(cluster);
  cluster.rest('web', { 1: 'stopped' });
  const is = digestsOf(cluster);

  expect(is['web-0']).toEqual(was['web-0']);
  expect(is['web-1']).not.toEqual(was['web-1']);
});
