import type { Extra } from '../extras';
import type { SandboxNet } from '../settings';
import type { IniValue } from './ini';

/** What the configuration of the control plane depends on. */
export interface ConfigContext {
  readonly net: SandboxNet;
  readonly passwords: Passwords;
  /** DNS servers that guests and the control plane ask. */
  readonly nameservers: readonly string[];
  /** Services that it has besides. */
  readonly extras: readonly Extra[];
}

export type ServiceUser = 'glance' | 'placement' | 'nova' | 'neutron' | 'designate';

export type Passwords = Readonly<
  Record<ServiceUser | 'admin' | 'sandbox' | 'database' | 'rabbitmq' | 'metadata' | 'rndc' | 'tsig', string> & {
    libvirtUuid: string;
  }
>;

export const REGION = 'RegionOne';

/** Ports of the APIs, on the sandbox's API address. */
export const PORTS = {
  identity: 5000,
  image: 9292,
  placement: 8778,
  compute: 8774,
  metadata: 8775,
  network: 9696,
  dns: 9001,
} as const;

/** Address of node `n` (1 or 2) on the control plane's own network: messages, cache, VXLAN. No guest can reach it. */
export const internalAddress = (n: number) => `169.254.64.${n}`;

export const HOST_NAME = 'compute-1';
export const SECOND_HOST_NAME = 'compute-2';

export function identityUrl(context: Pick<ConfigContext, 'net'>): string {
  return `http://${context.net.api}:${PORTS.identity}/v3`;
}

type Section = Readonly<Record<string, IniValue>>;

/** Logs go to standard error, which the supervisor keeps in a file per service. */
export const logging: Section = { use_stderr: true, use_journal: false, log_dir: '', log_file: '' };

export function database(context: ConfigContext, name: string): Section {
  const { database: password } = context.passwords;
  return {
    connection: `mysql+pymysql://openstack:${password}@127.0.0.1/${name}?charset=utf8`,
    max_pool_size: 5,
    max_overflow: 20,
  };
}

export function transportUrl(context: ConfigContext): string {
  return `rabbit://openstack:${context.passwords.rabbitmq}@${internalAddress(1)}:5672/`;
}

export function memcached(): string {
  return `${internalAddress(1)}:11211`;
}

/** Credentials of a service user towards other services. */
export function serviceAuth(context: ConfigContext, user: ServiceUser): Section {
  return {
    auth_type: 'password',
    auth_url: identityUrl(context),
    username: user,
    password: context.passwords[user],
    project_name: 'service',
    user_domain_name: 'Default',
    project_domain_name: 'Default',
    region_name: REGION,
  };
}

/** The section by which a service checks its callers' tokens. */
export function tokenAuth(context: ConfigContext, user: ServiceUser): Section {
  return {
    ...serviceAuth(context, user),
    www_authenticate_uri: identityUrl(context),
    memcached_servers: memcached(),
    service_token_roles: 'service',
    service_token_roles_required: true,
  };
}
