import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ApiClient } from '../../sandbox/_api';
import { hostResolvers } from '../../sandbox/resolvers';
import type { SandboxNet } from '../../sandbox/settings';
import { start } from './_run';

const CIDR = '10.76.0.0/24';
const LONGEST_SECONDS = 120;

interface Made {
  readonly id: string;
}

/** One server of the sandbox behind a floating IP, without Terraform; the cloud's reset removes it. */
export class LoneServer {
  /** Boots it and waits until it can be logged in to, and cloud-init has done its work. */
  static async boot(client: ApiClient, net: SandboxNet): Promise<LoneServer> {
    const folder = mkdtempSync(join(tmpdir(), 'firesteel-server-'));
    await start('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, 'key')]).succeeded();
    const port = await makePort(client, net);
    const floatingIp = await makeFloatingIp(client, port.id);
    const public_key = readFileSync(join(folder, 'key.pub'), 'utf8');
    await client.post('compute', '/os-keypairs', { keypair: { name: 'lone', public_key } });
    const [image, flavor] = await Promise.all([
      find(client, 'image', '/images?name=debian-12', 'images'),
      find(client, 'compute', '/flavors', 'flavors', 'm1.tiny'),
    ]);
    const body = { name: 'lone', imageRef: image, flavorRef: flavor, key_name: 'lone', networks: [{ port: port.id }] };
    const { server } = await client.post<{ server: Made }>('compute', '/servers', { server: body });
    const lone = new LoneServer(client, folder, server.id, floatingIp);
    await lone.#until('ACTIVE');
    await lone.answers('accept-new');
    await lone.run('cloud-init status --wait');
    return lone;
  }

  private constructor(
    private readonly client: ApiClient,
    private readonly folder: string,
    readonly id: string,
    readonly floatingIp: string,
  ) {}

  /** An action of Nova's, e.g. `{ 'os-stop': null }`, until the server is at rest in that status. */
  async act(body: object, status: string): Promise<void> {
    await this.client.post('compute', `/servers/${this.id}/action`, body);
    await this.#until(status);
  }

  /** Runs a shell script as root. Its host key must be the one that was there at first. */
  async run(script: string): Promise<string> {
    return (await this.#ssh('yes', script).succeeded()).stdout.trimEnd();
  }

  /** Waits until it can be logged in to. */
  async answers(hostKey: 'yes' | 'accept-new' = 'yes'): Promise<void> {
    let said = '';
    for (const end = Date.now() + LONGEST_SECONDS * 1000; ; await sleep(500)) {
      const { status, text } = await this.#ssh(hostKey, 'true').ended;
      if (status === 0) return;
      said = text;
      if (/HOST IDENTIFICATION HAS CHANGED|verification failed/.test(said) || Date.now() > end) break;
    }
    throw new Error(`${this.floatingIp} can't be logged in to: ${said}`);
  }

  /** Forgets its key; the server itself is for the cloud's reset. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  #ssh(hostKey: 'yes' | 'accept-new', script: string) {
    const settings = {
      UserKnownHostsFile: join(this.folder, 'known_hosts'),
      IdentityFile: join(this.folder, 'key'),
      IdentitiesOnly: 'yes',
      StrictHostKeyChecking: hostKey,
      BatchMode: 'yes',
      ConnectTimeout: '3',
      LogLevel: 'ERROR',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
    return start('ssh', ['-F', 'none', ...options, `debian@${this.floatingIp}`, 'sudo sh -es'], { input: script });
  }

  async #until(status: string): Promise<void> {
    type Shown = { server: Record<string, unknown> };
    for (const end = Date.now() + LONGEST_SECONDS * 1000; ; await sleep(300)) {
      const { server } = await this.client.get<Shown>('compute', `/servers/${this.id}`);
      if (server.status === status && server['OS-EXT-STS:task_state'] === null) return;
      if (server.status === 'ERROR' || Date.now() > end)
        throw new Error(`server ${this.id} is ${server.status} instead of ${status}: ${JSON.stringify(server.fault)}`);
    }
  }
}

/** On a network of its own behind a router, with SSH and everything outgoing allowed. */
async function makePort(client: ApiClient, net: SandboxNet): Promise<Made> {
  const name = 'lone';
  const post = async (kind: string, list: string, body: object): Promise<Made> =>
    (await client.post<Record<string, Made>>('network', `/${list}`, { [kind]: { name, ...body } }))[kind]!;
  const network = await post('network', 'networks', {});
  const dns_nameservers = hostResolvers(net.host).nameservers;
  const subnet = await post('subnet', 'subnets', {
    network_id: network.id,
    ip_version: 4,
    cidr: CIDR,
    dns_nameservers,
  });
  const router = await post('router', 'routers', { external_gateway_info: { network_id: await external(client) } });
  await client.put('network', `/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
  const group = await post('security_group', 'security-groups', {});
  const ssh = { security_group_id: group.id, direction: 'ingress', protocol: 'tcp', port_range_min: 22 };
  const rule = { ...ssh, port_range_max: 22, remote_ip_prefix: net.cidr };
  await client.post('network', '/security-group-rules', { security_group_rule: rule });
  return post('port', 'ports', { network_id: network.id, security_groups: [group.id] });
}

async function makeFloatingIp(client: ApiClient, port_id: string): Promise<string> {
  const floatingip = { floating_network_id: await external(client), port_id };
  type Answer = { floatingip: { floating_ip_address: string } };
  return (await client.post<Answer>('network', '/floatingips', { floatingip })).floatingip.floating_ip_address;
}

const external = (client: ApiClient): Promise<string> =>
  find(client, 'network', '/networks?router:external=true', 'networks');

async function find(
  client: ApiClient,
  api: 'image' | 'compute' | 'network',
  path: string,
  key: string,
  name?: string,
): Promise<string> {
  const things = (await client.get<Record<string, { id: string; name: string }[]>>(api, path))[key]!;
  const found = things.find((thing) => name === undefined || thing.name === name);
  if (!found) throw new Error(`the sandbox has no ${name ?? key}`);
  return found.id;
}
