import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, ApiClient } from './_api';
import { Box } from './box';
import { SandboxError } from './errors';
import type { OnSandboxEvent } from './events';
import { passwords } from './passwords';
import { readRunning } from './running';
import { type SandboxSettings, sandboxSettings } from './settings';

const GONE_SECONDS = 120;

export interface ResetOptions {
  readonly onEvent?: OnSandboxEvent;
  readonly signal?: AbortSignal;
  /** @default - from the environment */
  readonly settings?: SandboxSettings;
}

export interface Removed {
  readonly what: string;
  readonly name: string;
}

interface Thing {
  readonly id: string;
  readonly name?: string;
  readonly [key: string]: unknown;
}

/**
 * Deletes everything that the project `sandbox` has: servers, floating IPs, routers, networks, groups, key pairs, images,
 * DNS zones.
 * The cloud itself stays as it is.
 * @throws SandboxError if the sandbox is down, or naming all that could not be deleted
 */
export async function reset(options: ResetOptions = {}): Promise<readonly Removed[]> {
  const settings = options.settings ?? sandboxSettings();
  if (!Box.find(settings)) throw new SandboxError('The sandbox is down: firesteel sandbox up, then reset.');
  const client = await ApiClient.login(settings.net, 'sandbox', passwords(settings.stateDir).sandbox);
  return new Reset(client, settings, options).run();
}

class Reset {
  private readonly removed: Removed[] = [];
  private readonly failures: string[] = [];

  constructor(
    private readonly client: ApiClient,
    private readonly settings: SandboxSettings,
    private readonly options: ResetOptions,
  ) {}

  async run(): Promise<readonly Removed[]> {
    await this.servers();
    await Promise.all([
      this.all('server group', 'compute', '/os-server-groups', 'server_groups'),
      this.keyPairs(),
      this.images(),
      this.network(),
      this.zones(),
    ]);
    if (this.failures.length > 0) throw new SandboxError('The sandbox could not be emptied', this.failures);
    return this.removed;
  }

  private async servers(): Promise<void> {
    const find = async () => (await this.client.get<{ servers: Thing[] }>('compute', '/servers?limit=1000')).servers;
    const servers = await find();
    await this.delete('server', 'compute', '/servers', servers);
    const ours = new Set(servers.map((server) => server.id));
    for (const end = Date.now() + GONE_SECONDS * 1000; ; await sleep(500)) {
      this.options.signal?.throwIfAborted();
      const left = (await find()).filter((server) => ours.has(server.id));
      if (left.length === 0) return;
      if (Date.now() > end)
        throw new SandboxError(
          `These servers are not gone after ${GONE_SECONDS} s: ${left.map((one) => one.name).join(', ')}`,
        );
    }
  }

  private async network(): Promise<void> {
    const query = `project_id=${this.client.projectId}`;
    await this.all('floating IP', 'network', `/floatingips?${query}`, 'floatingips', (one) =>
      String(one.floating_ip_address),
    );
    await this.routers(query);
    const ports = (await this.client.get<{ ports: Thing[] }>('network', `/ports?${query}`)).ports;
    // Those of DHCP and gateways belong to neutron, and go with their network.
    const own = ports.filter((port) => !String(port.device_owner).startsWith('network:'));
    await this.delete('port', 'network', '/ports', own);
    await this.all('network', 'network', `/networks?${query}`, 'networks');
    const groups = (await this.client.get<{ security_groups: Thing[] }>('network', `/security-groups?${query}`))
      .security_groups;
    const made = groups.filter((group) => group.name !== 'default');
    await this.delete('security group', 'network', '/security-groups', made);
  }

  private async routers(query: string): Promise<void> {
    const { routers } = await this.client.get<{ routers: Thing[] }>('network', `/routers?${query}`);
    await Promise.all(
      routers.map(async ({ id }) => {
        const { ports } = await this.client.get<{ ports: Thing[] }>('network', `/ports?device_id=${id}`);
        for (const port of ports.filter((one) => one.device_owner === 'network:router_interface'))
          await this.try(() =>
            this.client.put('network', `/routers/${id}/remove_router_interface`, { port_id: port.id }),
          );
      }),
    );
    await this.delete('router', 'network', '/routers', routers);
  }

  private async keyPairs(): Promise<void> {
    const { keypairs } = await this.client.get<{ keypairs: { keypair: { name: string } }[] }>(
      'compute',
      '/os-keypairs',
    );
    const pairs = keypairs.map(({ keypair }) => ({ id: encodeURIComponent(keypair.name), name: keypair.name }));
    await this.delete('key pair', 'compute', '/os-keypairs', pairs);
  }

  private async zones(): Promise<void> {
    if (readRunning(this.settings).extras?.includes('dns'))
      await this.all('DNS zone', 'dns', '/zones?limit=1000', 'zones');
  }

  private async images(): Promise<void> {
    const query = `owner=${this.client.projectId}`;
    await this.all('image', 'image', `/images?${query}`, 'images');
  }

  private async all(what: string, api: Api, path: string, key: string, name?: (thing: Thing) => string): Promise<void> {
    const found = (await this.client.get<Record<string, Thing[]>>(api, path))[key];
    const named = name ? found.map((thing) => ({ id: thing.id, name: name(thing) })) : found;
    await this.delete(what, api, path.replace(/\?.*/, ''), named);
  }

  private async delete(what: string, api: Api, path: string, things: readonly Thing[]): Promise<void> {
    await Promise.all(
      things.map((thing) =>
        this.try(async () => {
          await this.client.delete(api, `${path}/${thing.id}`);
          const removed = { what, name: thing.name || thing.id };
          this.removed.push(removed);
          this.options.onEvent?.({ kind: 'removed', ...removed });
        }),
      ),
    );
  }

  /** One that fails does not keep the others; all are told at the end. */
  private async try(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const { message, details = [] } = error as SandboxError;
      this.failures.push([message, ...details].join(' '));
    }
  }
}
