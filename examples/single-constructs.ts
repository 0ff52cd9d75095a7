/** Single constructs in a stack of your own: a private network, two servers on it, and a bastion that leads to them. */
import { App, TerraformOutput, TerraformStack } from 'cdktf';
import { Bastion, Cidr, CloudProvider, KeyPair, Network, NodeGroup } from 'firesteel';

const app = new App();
const lab = new TerraformStack(app, 'lab');

new CloudProvider(lab, 'openstack', { cloud: 'mycloud' });
const network = new Network(lab, 'network', { name: 'lab', cidr: '192.168.7.0/24', nameservers: ['192.0.2.53'] });
const keyPair = new KeyPair(lab, 'key-pair', {
  name: 'lab',
  publicKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGiGrGVuIPfJDs5VUdBnkbHqyqKTM08PXHaS1VJHtKl you@example.org',
});

const shared = { image: 'debian-12', network, keyPair };
const bastion = new Bastion(lab, 'bastion', { ...shared, flavor: 'm1.tiny', access: ['203.0.113.7/32'] });
const servers = new NodeGroup(lab, 'server', { ...shared, flavor: 'm1.small', numbers: [0, 1] });

bastion.connections.allowTo(servers, 22);
servers.connections.allowTo(Cidr.of('198.51.100.25'), 25, { description: 'Mail relay' });

new TerraformOutput(lab, 'bastion-address', { value: bastion.address });

app.synth();
