import { Testing } from 'cdktf';
import { PlanError } from '../../plan/plan-error';
import { CommonStack } from '../../stacks/common-stack';
import { SparkClusterStack, type SparkClusterStackProps } from '../../stacks/spark-cluster-stack';
import { PUBLIC_KEY } from '../constructs/_cluster-parts';
import { templateOf } from '../constructs/_template';
import { manifestOf, snapshotOf } from './_snapshot';

const props: SparkClusterStackProps = {
  common: CommonStack.fromName('common'),
  image: 'debian-12',
  master: { flavor: 'm1.medium' },
  workers: { flavor: 'm1.large', count: 2 },
};
const dev = (own: Partial<SparkClusterStackProps> = {}) =>
  new SparkClusterStack(Testing.app(), 'dev', { ...props, ...own });
const serverNames = (stack: SparkClusterStack) =>
  templateOf(stack)
    .resources('compute_instance_v2')
    .map((server) => server.name);

describe('SparkClusterStack', () => {
  test('with one master and two workers', () => {
    expect(snapshotOf(dev({ cloud: 'mycloud' }))).toMatchSnapshot();
  });

  test('with three masters and a ZooKeeper beside each of them', () => {
    const stack = dev({ cloud: 'mycloud', master: { flavor: 'm1.medium', count: 3 }, zookeeper: { onMasters: true } });
    expect(snapshotOf(stack)).toMatchSnapshot();
  });

  test('lets nodes reach package mirrors always where the plan says so, and else leaves that to configure', () => {
    const mirrors = (own: Partial<SparkClusterStackProps>) =>
      templateOf(dev(own))
        .rules()
        .filter((rule) => rule.startsWith('firewall_mirrors'));
    const always = ['firewall_mirrors egress tcp 443-443 0.0.0.0/0', 'firewall_mirrors egress tcp 80-80 0.0.0.0/0'];
    expect(mirrors({})).toEqual([]);
    expect(mirrors({ egress: 'configure' })).toEqual([]);
    expect(mirrors({ egress: 'none' })).toEqual([]);
    expect(mirrors({ egress: 'open' })).toEqual(always);
    expect(mirrors({ spark: { packages: ['org.postgresql:postgresql:42.7.14'] } })).toEqual(always);
  });

  test('opens a ZooKeeper of its own to masters, its peers to itself, and nothing of it to workers', () => {
    const stack = dev({ master: { flavor: 'm1.medium', count: 2 }, zookeeper: { flavor: 'm1.small' } });
    const rules = templateOf(stack).rules();
    const ingress = rules.filter((rule) => / ingress tcp (2181|2888|3888)/.test(rule));
    expect(ingress.sort()).toEqual([
      'firewall_zookeeper ingress tcp 2181-2181 firewall_master',
      'firewall_zookeeper ingress tcp 2888-2888 firewall_zookeeper',
      'firewall_zookeeper ingress tcp 3888-3888 firewall_zookeeper',
    ]);
    expect(stack.zookeeper.nodes).toHaveLength(3);
  });

  test('gives masters floating IPs, and workers none', () => {
    const conf = { 'spark.deploy.recoveryMode': 'ZOOKEEPER', 'spark.deploy.zookeeper.url': 'zookeeper-0:2181' };
    const stack = dev({ master: { flavor: 'm1.medium', count: 2 }, spark: { conf } });
    const addresses = templateOf(stack).resources('networking_floatingip_v2');
    expect(addresses.map((address) => address.description)).toEqual(['dev-master-0', 'dev-master-1']);
  });

  test('gives only the bastion a floating IP where there is one', () => {
    const stack = dev({ bastion: { flavor: 'm1.tiny' } });
    expect(templateOf(stack).resource('networking_floatingip_v2')).toMatchObject({ description: 'dev-bastion-0' });
    expect(stack.bastion.nodes).toHaveLength(1);
  });

  test('opens to each other what master and workers need, and nothing to others', () => {
    const rules = templateOf(dev()).rules();
    expect(rules).toContain('firewall_master ingress tcp 7077-7110 firewall_worker');
    expect(rules).toContain('firewall_worker egress tcp 7077-7110 firewall_master');
    expect(rules.filter((rule) => !/ firewall_(master|worker)$/.test(rule))).toEqual([]);
    expect(rules.filter((rule) => rule.includes(' 6066'))).toEqual([]);
  });

  test('opens all ports to nobody, and has as many rules for fifty workers as for two', () => {
    const many = templateOf(dev({ workers: { flavor: 'm1.large', count: 50 } })).rules();
    expect(many).toEqual(templateOf(dev()).rules());
    expect(many.filter((rule) => rule.includes(' * '))).toEqual([]);
  });

  test('lets other code in: its groups are there to be talked to', () => {
    const stack = dev();
    stack.master.connections.allowFrom(stack.workers, 9999);
    expect(templateOf(stack).rules()).toContain('firewall_worker egress tcp 9999-9999 firewall_master');
  });

  test('keeps the names of nodes that are left when a cluster has shrunk', () => {
    const nodes = { version: 1, groups: { worker: { next: 5, nodes: [0, 4] } } } as const;
    const stack = dev({ nodes: { ...nodes, groups: { worker: { next: 5, nodes: [...nodes.groups.worker.nodes] } } } });
    expect(serverNames(stack)).toEqual(['dev-master-0', 'dev-worker-0', 'dev-worker-4']);
  });

  test('depends on no other stack, or cdktf would refuse to deploy it alone', () => {
    const app = Testing.app();
    new CommonStack(app, 'common', { publicKey: PUBLIC_KEY, access: ['203.0.113.0/24'] });
    new SparkClusterStack(app, 'dev', props);
    const stacks = manifestOf(app);
    expect(Object.keys(stacks).sort()).toEqual(['common', 'dev']);
    expect(stacks.dev!.dependencies).toEqual([]);
    expect(stacks.common!.dependencies).toEqual([]);
  });

  test.each<[string, Partial<SparkClusterStackProps>, string]>([
    [
      'no workers',
      { workers: { flavor: 'm1.large', count: 0 } },
      'workers.count: must be a whole number of at least 1, got 0',
    ],
    ['fewer than none', { workers: { flavor: 'm1.large', count: -1 } }, 'workers.count: must be'],
    ['no image', { image: undefined }, 'workers: has no image'],
    ['a Spark that nobody knows', { spark: { version: '0.0.1' } }, 'no checksum is known for Spark 0.0.1'],
  ])('refuses %s', (_what, wrong, message) => {
    expect(() => dev(wrong)).toThrow(PlanError);
    expect(() => dev(wrong)).toThrow(message);
  });

  test('refuses a name that no host can have', () => {
    expect(() => new SparkClusterStack(Testing.app(), 'Dev_1', props)).toThrow(
      '"Dev_1" can\'t be an environment\'s name',
    );
  });
});
