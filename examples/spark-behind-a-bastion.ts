/** Only the bastion has a floating IP. Network and key pair exist already, and workers keep their shuffle files on volumes. */
import { App } from 'cdktf';
import { CommonStack, SparkClusterStack } from 'firesteel';

const app = new App();

const common = new CommonStack(app, 'common', {
  keyPair: 'team',
  access: ['203.0.113.7/32', '198.51.100.0/24'],
  network: { existing: 'lan', subnet: 'lan-ipv4', external: 'public' },
});

new SparkClusterStack(app, 'prod', {
  common: common.reference,
  image: 'debian-12',
  bastion: { flavor: 'm1.tiny' },
  master: { flavor: 'm1.medium' },
  workers: {
    flavor: 'm1.large',
    count: 4,
    placement: 'strict',
    availabilityZone: 'nova',
    volumes: [{ name: 'shuffle', sizeGiB: 200, mount: '/mnt/shuffle', filesystem: 'xfs', type: 'ssd' }],
  },
});

app.synth();
