import type { TerraformStack } from 'cdktf';
import { AddressList } from '../../constructs/address-list';
import { Cidr } from '../../constructs/cidr';
import { SecurityGroup } from '../../constructs/security-group';
import { Traffic } from '../../roles/traffic';
import { synthesize } from './_template';

const group = (stack: TerraformStack, name: string, exposes: Traffic[] = []) =>
  new SecurityGroup(stack, name, { name: `dev-${name}`, description: name, exposes });

describe('Connections', () => {
  test('lets a group in on one side and out on the other', () => {
    const template = synthesize((stack) => {
      group(stack, 'kafka').connections.allowFrom(group(stack, 'worker'), Traffic.tcp(9092));
    });
    expect(template.rules()).toEqual(['kafka ingress tcp 9092-9092 worker', 'worker egress tcp 9092-9092 kafka']);
  });

  test('takes a number for a TCP port, and says the same from the other side', () => {
    const from = synthesize((stack) => group(stack, 'kafka').connections.allowFrom(group(stack, 'worker'), 9092));
    const to = synthesize((stack) => {
      const kafka = group(stack, 'kafka');
      group(stack, 'worker').connections.allowTo(kafka, 9092);
    });
    expect(to.json.resource).toEqual(from.json.resource);
  });

  test('opens what the roles expose where no traffic is given', () => {
    const template = synthesize((stack) => {
      const kafka = group(stack, 'kafka', [Traffic.tcp(9092), Traffic.tcp(9093)]);
      kafka.connections.allowFrom(group(stack, 'worker'));
    });
    expect(template.rules()).toEqual([
      'kafka ingress tcp 9092-9092 worker',
      'kafka ingress tcp 9093-9093 worker',
      'worker egress tcp 9092-9092 kafka',
      'worker egress tcp 9093-9093 kafka',
    ]);
  });

  test('lets the members of a group talk to each other', () => {
    const template = synthesize((stack) => {
      const worker = group(stack, 'worker');
      worker.connections.allowFrom(worker, Traffic.protocol('vrrp'));
    });
    expect(template.rules()).toEqual(['worker egress vrrp * worker', 'worker ingress vrrp * worker']);
  });

  test('makes one rule of what is allowed twice', () => {
    const template = synthesize((stack) => {
      const { connections } = group(stack, 'web');
      connections.allowFrom(Cidr.of('203.0.113.0/24'), 443, { description: 'Customers' });
      connections.allowFrom(Cidr.of('203.0.113.9/24'), Traffic.tcp(443));
    });
    expect(template.resource('networking_secgroup_rule_v2')).toMatchObject({
      direction: 'ingress',
      ethertype: 'IPv4',
      protocol: 'tcp',
      port_range_min: 443,
      port_range_max: 443,
      remote_ip_prefix: '203.0.113.0/24',
      description: 'Customers',
    });
  });

  test('names rules by what they are, whatever the order', () => {
    const names = (ports: number[]) =>
      synthesize((stack) => {
        const { connections } = group(stack, 'web');
        for (const port of ports) connections.allowTo(Cidr.anywhere, port);
      }).names('networking_secgroup_rule_v2');
    expect(names([80, 443])).toEqual(names([443, 80]));
    expect(names([80])[0]).toMatch(/^web_egress-tcp-80-to-0000_0_/);
  });

  test('describes every rule, within what Neutron takes', () => {
    const template = synthesize((stack) => {
      const { connections } = group(stack, 'web');
      connections.allowFrom(Cidr.of('2001:db8::/32'), 443);
      connections.allowTo(Cidr.anywhere, 80, { description: 'x'.repeat(300) });
    });
    const rules = template.resources('networking_secgroup_rule_v2');
    expect(rules.map((rule) => rule.description)).toEqual(['x'.repeat(255), 'tcp 443 from 2001:db8::/32']);
    expect(rules[1]).toMatchObject({ ethertype: 'IPv6', remote_ip_prefix: '2001:db8::/32' });
  });

  test('makes a rule for each address that only Terraform knows', () => {
    const template = synthesize((stack) => {
      const resolvers = new AddressList('nameservers', ['192.0.2.1', '192.0.2.2']);
      group(stack, 'node').connections.allowTo(resolvers, Traffic.udp(53));
    });
    expect(template.resource('networking_secgroup_rule_v2')).toMatchObject({
      for_each: `\${toset(["192.0.2.1", "192.0.2.2"])}`,
      remote_ip_prefix: `\${each.value}/32`,
      protocol: 'udp',
    });
  });

  test('adds rules to a group found by its name', () => {
    const template = synthesize((stack) => {
      const found = SecurityGroup.fromName(stack, 'prod', 'prod-worker');
      group(stack, 'kafka').connections.allowFrom(found, 9092);
    });
    expect(template.dataSource('networking_secgroup_v2')).toEqual({ name: 'prod-worker' });
    expect(template.rules()).toEqual(['kafka ingress tcp 9092-9092 prod', 'prod egress tcp 9092-9092 kafka']);
  });

  test('refuses to guess the traffic', () => {
    synthesize((stack) => {
      const web = group(stack, 'web');
      expect(() => web.connections.allowFrom(Cidr.anywhere)).toThrow(
        'security group "dev-web" exposes no ports: say which',
      );
      expect(() => web.connections.allowTo(Cidr.anywhere)).toThrow('an address range exposes no ports');
    });
  });
});
