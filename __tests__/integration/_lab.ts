import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { OpenStack, resolveCredentials } from '../../cloud';
import { hostResolvers } from '../../sandbox/resolvers';
import { sandboxSettings } from '../../sandbox/settings';

export interface LabOptions {
  /** Of the subnet. */
  readonly cidr: string;
  /** File of the public key that the key pair is made from. */
  readonly publicKey: string;
  /** How many floating IPs the project gets that lead nowhere. */
  readonly floatingIps: number;
}

const ID = z.object({ id: z.string() });

/**
 * What a project of a cloud often has already: a network with a router, a key pair, a security group and some floating IPs,
 * made without Terraform; the cloud's reset removes it.
 */
export class Lab {
  /** Of network, subnet, router, key pair and security group. */
  static readonly NAME = 'lab';
  #addresses: string[] = [];

  static async make(options: LabOptions): Promise<Lab> {
    const furtherFiles = [sandboxSettings().clouds];
    const lab = new Lab(await OpenStack.connect(await resolveCredentials({ env: {}, cloud: 'sandbox', furtherFiles })));
    await lab.#make(options);
    return lab;
  }

  private constructor(readonly cloud: OpenStack) {}

  /** The floating IPs that lead nowhere at first. */
  get floatingIps(): readonly string[] {
    return this.#addresses;
  }

  /** Id of each server of the project, by its name. */
  async servers(): Promise<Readonly<Record<string, string>>> {
    return Object.fromEntries((await this.cloud.compute.servers()).map(({ name, id }) => [name, id]));
  }

  /** Fixed addresses and names of security groups of each port of a server's, by the port's name. */
  async ports(): Promise<Readonly<Record<string, { addresses: readonly string[]; groups: readonly string[] }>>> {
    const groups = new Map((await this.cloud.network.securityGroups()).map(({ id, name }) => [id, name]));
    const ports = (await this.cloud.network.ports()).filter(({ deviceOwner }) => deviceOwner.startsWith('compute:'));
    return Object.fromEntries(
      ports.map(({ name, addresses, securityGroupIds }) => [
        name,
        { addresses, groups: securityGroupIds.map((id) => groups.get(id) ?? id) },
      ]),
    );
  }

  close(): Promise<void> {
    return this.cloud.close();
  }

  async #make({ cidr, publicKey, floatingIps }: LabOptions): Promise<void> {
    const name = Lab.NAME;
    const [external] = (await this.cloud.network.networks()).filter((network) => network.external);
    const network = await this.#post('network', { name });
    const dns_nameservers = hostResolvers(sandboxSettings().net.host).nameservers;
    const subnet = await this.#post('subnet', { name, network_id: network, ip_version: 4, cidr, dns_nameservers });
    const router = await this.#post('router', { name, external_gateway_info: { network_id: external!.id } });
    const { session } = this.cloud;
    await session.request('PUT', 'network', `/routers/${router}/add_router_interface`, { body: { subnet_id: subnet } });
    await this.#post('security_group', { name });
    const keypair = { name, public_key: readFileSync(publicKey, 'utf8') };
    await session.request('POST', 'compute', '/os-keypairs', { body: { keypair } });
    for (let count = 0; count < floatingIps; count++)
      await this.#post('floatingip', { floating_network_id: external!.id });
    this.#addresses = (await this.cloud.network.floatingIps()).map(({ address }) => address);
  }

  async #post(kind: 'network' | 'subnet' | 'router' | 'security_group' | 'floatingip', body: object): Promise<string> {
    const path = `/${kind.replace('_', '-')}s`;
    const schema = z.object({ [kind]: ID });
    const made = await this.cloud.session.request('POST', 'network', path, { body: { [kind]: body }, schema });
    return made![kind]!.id;
  }
}
