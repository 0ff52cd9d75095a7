import { z } from 'zod';
import { OpenStack, resolveCredentials } from '../../cloud';
import type { Port } from '../../cloud/network';
import type { Drift } from '../../lifecycle/drift';
import { sandboxSettings } from '../../sandbox/settings';
import type { Cluster } from './_cluster';
import { type Ended, lastLine } from './_run';

const RULE = 'security group dev-worker: ingress tcp 4444 from 0.0.0.0/0 "just for a moment"';

/** What somebody changes by hand is found, in the cloud and on the nodes. The cluster has a master and two workers. */
export function describeDrift(cluster: () => Cluster): void {
  const firesteel = (...args: readonly string[]): Promise<Ended> => cluster().project.firesteel(...args);
  const serverId = (name: string) => cluster().inventory.cluster.nodes.find((node) => node.name === name)!.serverId;

  describe('drift', () => {
    let hand: Hand;

    beforeAll(async () => {
      hand = await Hand.connect();
    });

    afterAll(async () => {
      await hand?.takeBack();
      await hand?.close();
    });

    test('is told node by node and thing by thing, by an exit status too', async () => {
      await hand.openPort('dev-worker', 4444);
      const address = await hand.leadFloatingIpTo('dev-worker-0');
      await hand.takeGroupAway('dev-worker-1', 'firesteel-common-node');
      await hand.rename(serverId('worker-0'), 'mine');
      await cluster().changeByHand('worker-0');
      await (await cluster().nodes()).sudo('worker-1', 'systemctl stop spark-worker');

      const { status, stdout } = await firesteel('status', 'dev', '--drift', '--json');

      expect(status).toBe(1);
      const { drift } = lastLine<{ drift: Drift }>({ stdout });
      expect(drift).toMatchObject({ drifted: true, fileChanged: false, asked: [] });
      expect(drift.strangers.map(({ on, what }) => `${on}: ${what}`).sort()).toEqual([
        `port dev-worker-0: ${address}`,
        'port dev-worker-1: firesteel-common-node',
        RULE,
      ]);
      const inCloud = drift.cloud.map(({ kind, name, details }) => [kind, name, details.map((one) => one.attribute)]);
      expect(inCloud).toEqual([['server', 'dev-worker-0', ['name']]]);
      expect(drift.nodes.map(({ name, changes }) => [name, changes.map(({ operation }) => operation)])).toEqual([
        ['worker-0', expect.arrayContaining(['file /etc/spark/spark-defaults.conf'])],
        ['worker-1', ['unit spark-worker.service']],
      ]);
      expect(drift.nodes.map(({ asked, unsure }) => [asked, unsure])).toEqual([
        [[], false],
        [[], false],
      ]);
    });

    test('is in the review of a plan, with what no plan touches', async () => {
      const { status, stdout } = await firesteel('plan', 'dev', '--to', 'update');

      expect(status).toBe(0);
      expect(stdout).toMatch(/Changed by others in the cloud since the last deploy:\n.*server dev-worker-0 \(name: /);
      expect(stdout).toContain('By hand, where Terraform does not look, and not touched:');
      expect(stdout).toContain(RULE);
      expect(stdout).toContain('port dev-worker-1: security group firesteel-common-node was taken away');
      expect(stdout).toContain('write /etc/spark/spark-defaults.conf');
      expect(stdout).toContain('start spark-worker.service');
    });

    test('is gone when it is set back, and what was added is left to whoever added it', async () => {
      await cluster().project.start('update', 'dev').succeeded();
      expect(await hand.takeBack()).toEqual({ rules: 1, floatingIps: 1, ports: 1 });

      const { status, stdout } = await firesteel('status', 'dev', '--drift');

      expect(stdout).toContain('dev: nothing was changed by hand');
      expect(status).toBe(0);
    });

    test('is not what the file asks for, which is told apart', async () => {
      const asksForMore = `${cluster().plan.replace('count: 2', 'count: 3')}spark: { conf: { spark.ui.retainedJobs: 9 } }\n`;

      const { status, stdout } = await cluster().withPlan(asksForMore, () => firesteel('status', 'dev', '--drift'));

      expect(stdout).toContain('dev: nothing was changed by hand');
      const [, asked] = stdout.split('Asked for by the files, which is no drift:');
      expect(asked).toContain('create server dev-worker-2 of dev');
      expect(asked).toMatch(/worker-1: .*write \/etc\/spark\/spark-defaults\.conf/);
      expect(status).toBe(0);
    });
  });
}

const MADE = z.object({ id: z.string() });

/** Somebody who has the cloud's dashboard before them. */
class Hand {
  readonly #rules: string[] = [];
  readonly #floatingIps: string[] = [];
  readonly #stripped: Port[] = [];

  static async connect(): Promise<Hand> {
    const credentials = await resolveCredentials({
      env: {},
      cloud: 'sandbox',
      furtherFiles: [sandboxSettings().clouds],
    });
    return new Hand(await OpenStack.connect(credentials));
  }

  private constructor(private readonly cloud: OpenStack) {}

  async openPort(group: string, port: number): Promise<void> {
    const body = {
      security_group_rule: {
        ...{ security_group_id: await this.#group(group), direction: 'ingress', ethertype: 'IPv4', protocol: 'tcp' },
        ...{ port_range_min: port, port_range_max: port, remote_ip_prefix: '0.0.0.0/0' },
        description: 'just for a moment',
      },
    };
    const schema = z.object({ security_group_rule: MADE });
    const made = await this.cloud.session.request('POST', 'network', '/security-group-rules', { body, schema });
    this.#rules.push(made!.security_group_rule.id);
  }

  /** @returns the address */
  async leadFloatingIpTo(port: string): Promise<string> {
    const [external] = await this.cloud.network.networks({ 'router:external': 'true' });
    const { id: portId } = await this.#port(port);
    const body = { floatingip: { floating_network_id: external!.id, port_id: portId } };
    const schema = z.object({ floatingip: MADE.extend({ floating_ip_address: z.string() }) });
    const made = await this.cloud.session.request('POST', 'network', '/floatingips', { body, schema });
    this.#floatingIps.push(made!.floatingip.id);
    return made!.floatingip.floating_ip_address;
  }

  async takeGroupAway(portName: string, groupName: string): Promise<void> {
    const [port, group] = await Promise.all([this.#port(portName), this.#group(groupName)]);
    expect(port.securityGroupIds).toContain(group);
    this.#stripped.push(port);
    const groups = port.securityGroupIds.filter((id) => id !== group);
    await this.#wear(port.id, groups);
  }

  async rename(serverId: string, name: string): Promise<void> {
    await this.cloud.session.request('PUT', 'compute', `/servers/${serverId}`, { body: { server: { name } } });
  }

  /** Undoes what no deploy undoes. @returns how much of it there was still to undo */
  async takeBack(): Promise<{ rules: number; floatingIps: number; ports: number }> {
    const { network } = this.cloud;
    const [rules, floatingIps] = await Promise.all([network.securityGroupRules(), network.floatingIps()]);
    const ours = {
      rules: rules.filter(({ id }) => this.#rules.includes(id)),
      floatingIps: floatingIps.filter(({ id }) => this.#floatingIps.includes(id)),
    };
    for (const { id } of ours.rules) await network.delete({ kind: 'security group rule', id });
    for (const { id } of ours.floatingIps) await network.delete({ kind: 'floating IP', id });
    const stripped = this.#stripped.splice(0);
    for (const { id, securityGroupIds } of stripped) await this.#wear(id, securityGroupIds);
    return { rules: ours.rules.length, floatingIps: ours.floatingIps.length, ports: stripped.length };
  }

  close(): Promise<void> {
    return this.cloud.close();
  }

  async #wear(port: string, groups: readonly string[]): Promise<void> {
    const body = { port: { security_groups: groups } };
    await this.cloud.session.request('PUT', 'network', `/ports/${port}`, { body });
  }

  async #group(name: string): Promise<string> {
    const [group] = await this.cloud.network.securityGroups({ name });
    return group!.id;
  }

  async #port(name: string): Promise<Port> {
    const [port] = await this.cloud.network.ports({ name });
    return port!;
  }
}
