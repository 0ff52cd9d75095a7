/** Servers of your own in the stack of a Spark cluster, open to its workers and to nobody else. */
import { App } from 'cdktf';
import { CommonStack, KeyPair, Network, NodeGroup, type Role, SparkClusterStack } from 'firesteel';

const kafka: Role = {
  name: 'kafka',
  summary: 'A Kafka broker that something else installs',
  exposes: [{ name: 'broker', port: 9092, from: ['kafka'] }],
};

const app = new App();
const common = CommonStack.fromName('common');

const dev = new SparkClusterStack(app, 'dev', {
  common,
  image: 'debian-12',
  master: { flavor: 'm1.medium' },
  workers: { flavor: 'm1.large', count: 2 },
});

const brokers = new NodeGroup(dev, 'kafka', {
  flavor: 'm1.medium',
  image: 'debian-12',
  numbers: [0, 1, 2],
  roles: [kafka],
  placement: 'strict',
  network: Network.fromName(dev, 'kafka-network', common),
  keyPair: KeyPair.fromName(common.keyPair),
});
brokers.connections.allowFrom(brokers);
brokers.connections.allowFrom(dev.workers);

app.synth();
