import { z } from 'zod';
import { CloudError } from './cloud-error';
import type { Session } from './session';

const flavor = z
  .object({
    id: z.string(),
    name: z.string(),
    vcpus: z.number(),
    ram: z.number(),
    disk: z.number(),
    'OS-FLV-DISABLED:disabled': z.boolean().optional(),
    'os-flavor-access:is_public': z.boolean().optional(),
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    vcpus: raw.vcpus,
    ramMiB: raw.ram,
    /** Root disk; 0 = as large as the image, or a volume. */
    diskGiB: raw.disk,
    disabled: raw['OS-FLV-DISABLED:disabled'] ?? false,
    public: raw['os-flavor-access:is_public'] ?? true,
  }));

const address = z.object({ addr: z.string(), version: z.number(), 'OS-EXT-IPS:type': z.string().optional() }).transform(
  (raw) =>
    ({
      address: raw.addr,
      version: raw.version,
      kind: raw['OS-EXT-IPS:type'] === 'floating' ? 'floating' : 'fixed',
    }) as const,
);

const server = z
  .object({
    id: z.string(),
    name: z.string(),
    status: z.string(),
    created: z.string(),
    key_name: z.string().nullish(),
    hostId: z.string().optional(),
    flavor: z.object({ id: z.string().optional() }).optional(),
    // Empty text for a server that was booted from a volume.
    image: z.union([z.object({ id: z.string() }), z.literal('')]).nullish(),
    addresses: z.record(z.string(), z.array(address)).default({}),
    metadata: z.record(z.string(), z.string()).default({}),
    fault: z.object({ message: z.string() }).optional(),
    'OS-EXT-AZ:availability_zone': z.string().nullish(),
    'OS-EXT-STS:task_state': z.string().nullish(),
  })
  .transform((raw) => ({
    id: raw.id,
    name: raw.name,
    /** `ACTIVE`, `BUILD`, `ERROR`, `SHUTOFF`, … */
    status: raw.status,
    /** What is being done to it; absent at rest. */
    task: raw['OS-EXT-STS:task_state'] ?? undefined,
    created: raw.created,
    keyPair: raw.key_name ?? undefined,
    /** Same text = same hypervisor; empty until it is scheduled. */
    hostId: raw.hostId ?? '',
    flavorId: raw.flavor?.id,
    imageId: raw.image ? raw.image.id : undefined,
    addresses: raw.addresses,
    metadata: raw.metadata,
    /** Why its status is ERROR. */
    fault: raw.fault?.message,
    availabilityZone: raw['OS-EXT-AZ:availability_zone'] ?? undefined,
  }));

const keyPair = z
  .object({
    keypair: z.object({
      name: z.string(),
      fingerprint: z.string(),
      public_key: z.string(),
      created_at: z.string().nullish(),
    }),
  })
  .transform(({ keypair }) => ({
    name: keypair.name,
    fingerprint: keypair.fingerprint,
    publicKey: keypair.public_key.trim(),
    /** Absent in lists. In UTC, which Nova does not say. */
    created: keypair.created_at ? new Date(`${keypair.created_at.replace(/Z$/, '')}Z`) : undefined,
  }));

const serverGroup = z
  .object({
    id: z.string(),
    name: z.string(),
    policies: z.array(z.string()).default([]),
    members: z.array(z.string()).default([]),
  })
  .transform(({ id, name, policies, members }) => ({ id, name, policy: policies[0], members }));

const limits = z
  .object({ limits: z.object({ absolute: z.record(z.string(), z.number()) }) })
  .transform(({ limits: { absolute } }) => absolute);

export type Flavor = z.output<typeof flavor>;
export type Server = z.output<typeof server>;
export type KeyPair = z.output<typeof keyPair>;
export type ServerGroup = z.output<typeof serverGroup>;

/** What a server has written on its console. */
export type ConsoleOutput =
  | { readonly kind: 'text'; readonly text: string }
  /** Too early: ask again. */
  | { readonly kind: 'notYet'; readonly reason: string }
  /** This cloud gives none. */
  | { readonly kind: 'unavailable'; readonly reason: string };

/** Something that can be deleted by its id; that of a key pair is its name. */
export interface ComputeThing {
  readonly kind: keyof typeof PATHS;
  readonly id: string;
}

const PATHS = { server: 'servers', 'server group': 'os-server-groups', 'key pair': 'os-keypairs' } as const;

/** Nova, as far as we need it. */
export class Compute {
  constructor(private readonly session: Session) {}

  flavors(): Promise<Flavor[]> {
    return this.session.list('compute', '/flavors/detail', 'flavors', flavor);
  }

  /** The project's servers. @param query Nova's filters, e.g. `{ name: '^dev-' }` */
  servers(query: Record<string, string> = {}): Promise<Server[]> {
    return this.session.list('compute', '/servers/detail', 'servers', server, { query });
  }

  async tryServer(id: string): Promise<Server | undefined> {
    return (await this.session.tryGet('compute', `/servers/${encodeURIComponent(id)}`, z.object({ server })))?.server;
  }

  /** @throws {CloudError} notFound */
  async findServer(id: string): Promise<Server> {
    return (await this.session.get('compute', `/servers/${encodeURIComponent(id)}`, z.object({ server }))).server;
  }

  /** Key pairs belong to the user, not to the project. */
  keyPairs(): Promise<KeyPair[]> {
    return this.session.list('compute', '/os-keypairs', 'keypairs', keyPair, { paged: false });
  }

  tryKeyPair(name: string): Promise<KeyPair | undefined> {
    return this.session.tryGet('compute', `/os-keypairs/${encodeURIComponent(name)}`, keyPair);
  }

  /** Done as well where it is gone already. A server is still there for some seconds. */
  delete({ kind, id }: ComputeThing): Promise<void> {
    return this.session.remove('compute', `/${PATHS[kind]}/${encodeURIComponent(id)}`);
  }

  /** Lets a server's system shut down and start again; it is not done when this returns. @throws {CloudError} refused where it is not ACTIVE */
  async reboot(id: string): Promise<void> {
    const body = { reboot: { type: 'SOFT' } };
    await this.session.request('POST', 'compute', `/servers/${encodeURIComponent(id)}/action`, { body });
  }

  serverGroups(): Promise<ServerGroup[]> {
    return this.session.list('compute', '/os-server-groups', 'server_groups', serverGroup, { paged: false });
  }

  /** Nova's names to numbers, e.g. `maxTotalCores`, `totalCoresUsed`; -1 = no limit. Memory in MiB. */
  limits(): Promise<Record<string, number>> {
    return this.session.get('compute', '/limits', limits);
  }

  /**
   * One attempt only, and a short one: who needs it asks again, who reports an error can't wait.
   * @param lines of the end; absent = all that the cloud has kept
   * @throws {CloudError} notFound when there is no such server
   */
  async consoleOutput(serverId: string, lines?: number, withinSeconds = 20): Promise<ConsoleOutput> {
    const body = { 'os-getConsoleOutput': lines === undefined ? {} : { length: lines } };
    const schema = z.object({ output: z.string().nullable() });
    const path = `/servers/${encodeURIComponent(serverId)}/action`;
    try {
      const answer = await this.session.request('POST', 'compute', path, { body, schema, withinSeconds, retries: 0 });
      return { kind: 'text', text: answer?.output ?? '' };
    } catch (error) {
      return this.withoutConsole(error, serverId);
    }
  }

  /** Nova says 404 both for "no such server" and "no console (yet)", 409 while the server is being built. */
  private async withoutConsole(error: unknown, serverId: string): Promise<ConsoleOutput> {
    if (!(error instanceof CloudError)) throw error;
    const { kind, status, message: reason } = error;
    if (kind === 'notFound') await this.findServer(serverId);
    if (kind === 'forbidden' || status === 400 || status === 405 || status === 501)
      return { kind: 'unavailable', reason };
    // The hypervisor is asked each time, and may be too busy with starting servers to answer.
    const passing = kind === 'notFound' || kind === 'serverError' || kind === 'unreachable' || kind === 'rateLimited';
    if (passing || status === 409) return { kind: 'notYet', reason };
    throw error;
  }
}
