/**
 * A Spark cluster, and what it shares with the clusters to come. `cdktf deploy common`, then `cdktf deploy dev` makes the
 * servers; README.md has the lines that configure them with the library `firesteel/configure`.
 */
import { App } from 'cdktf';
import { CommonStack, SparkClusterStack } from 'firesteel';

const app = new App();

new CommonStack(app, 'common', {
  cloud: 'mycloud',
  publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGiGrGVuIPfJDs5VUdBnkbHqyqKTM08PXHaS1VJHtKl you@example.org',
  access: ['203.0.113.0/24'],
});

new SparkClusterStack(app, 'dev', {
  cloud: 'mycloud',
  common: CommonStack.fromName('common'),
  image: 'debian-12',
  master: { flavor: 'm1.medium' },
  workers: { flavor: 'm1.large', count: 3 },
});

app.synth();
