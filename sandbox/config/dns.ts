import { type ConfigContext, database, logging, PORTS, tokenAuth, transportUrl } from './context';
import type { Ini } from './ini';

/** The two pools of Designate: name servers for the world, and others for what only the cloud's own are to know. */
export const DNS_POOLS = ['public', 'private'] as const;
export type DnsPool = (typeof DNS_POOLS)[number];

/** Of the pool that Designate's schema begins with; zones that ask for none are in it. */
const DEFAULT_POOL_ID = '794ccc2c-d751-44fe-b57f-8894c9f5c842';

/** By which Designate's own DNS server knows for which pool it is asked. */
export const TSIG_KEY = 'private-pool';
export const TSIG_ALGORITHM = 'hmac-sha256';

const MDNS = { host: '127.0.0.1', port: 5354 };
const RNDC_PORT = 953;
const RNDC_KEY_FILE = '/etc/bind/rndc.key';

export function designateConf(context: ConfigContext): Ini {
  return {
    DEFAULT: {
      ...logging,
      transport_url: transportUrl(context),
      state_path: '/var/lib/designate',
      // Whoever asks before Designate's own central is there is told so, and asks again.
      rpc_response_timeout: 20,
      quota_zones: 100,
      quota_zone_recordsets: 2000,
      quota_zone_records: 2000,
      // A name that is asked for too early is not unknown for an hour.
      default_soa_minimum: 10,
    },
    'storage:sqlalchemy': database(context, 'designate'),
    keystone_authtoken: tokenAuth(context, 'designate'),
    'service:api': { api_base_uri: `http://${context.net.api}:${PORTS.dns}/`, auth_strategy: 'keystone' },
    // What a zone's attributes ask for, else the default pool: so a name can be in both, with other addresses in each.
    'service:central': { workers: 1, scheduler_filters: 'attribute,pool_id_attribute,in_doubt_default_pool' },
    'service:producer': { workers: 1 },
    'service:mdns': { workers: 1, listen: `${MDNS.host}:${MDNS.port}` },
    'service:worker': { workers: 1, poll_delay: 1, poll_retry_interval: 2, poll_max_retries: 30, poll_timeout: 5 },
    oslo_concurrency: { lock_path: '/var/lock/designate' },
  };
}

/** In JSON, which is YAML too. */
export function designatePools({ net }: ConfigContext): string {
  const pools = DNS_POOLS.map((name) => {
    const host = net.dns[name];
    return {
      ...(name === 'public' ? { id: DEFAULT_POOL_ID, name: 'default' } : { name }),
      description: `Name servers of ${name} zones`,
      attributes: { view: name },
      ns_records: [{ hostname: `ns.${name}.sandbox.example.`, priority: 1 }],
      nameservers: [{ host, port: 53 }],
      targets: [
        {
          type: 'bind9',
          description: `BIND's view ${name}`,
          masters: [MDNS],
          options: {
            ...{ host, port: 53, view: name, clean_zonefile: true },
            ...{ rndc_host: '127.0.0.1', rndc_port: RNDC_PORT, rndc_key_file: RNDC_KEY_FILE },
          },
        },
      ],
    };
  });
  return `${JSON.stringify(pools, undefined, 2)}\n`;
}

/** Two views, each at an address of its own; they hold nothing but the zones that Designate gives them. */
export function namedConf(context: ConfigContext): string {
  const { public: outside, private: inside } = context.net.dns;
  return `options {
  directory "/var/cache/bind";
  pid-file none;
  listen-on { ${outside}; ${inside}; };
  listen-on-v6 { none; };
  recursion no;
  allow-transfer { none; };
  allow-notify { 127.0.0.1; ${outside}; ${inside}; };
  notify no;
  dnssec-validation no;
};
include "${RNDC_KEY_FILE}";
controls { inet 127.0.0.1 port ${RNDC_PORT} allow { 127.0.0.1; } keys { "rndc-key"; }; };
${key(TSIG_KEY, tsigSecret(context))}view "public" {
  match-destinations { ${outside}; };
  allow-new-zones yes;
};
view "private" {
  match-destinations { ${inside}; };
  allow-new-zones yes;
  server ${MDNS.host} { keys { "${TSIG_KEY}"; }; };
};
`;
}

export function rndcKey(context: ConfigContext): string {
  return key('rndc-key', Buffer.from(context.passwords.rndc).toString('base64'));
}

/** In base64, as keys of DNS are written. */
export function tsigSecret({ passwords }: Pick<ConfigContext, 'passwords'>): string {
  return Buffer.from(passwords.tsig).toString('base64');
}

function key(name: string, secret: string): string {
  return `key "${name}" { algorithm ${TSIG_ALGORITHM}; secret "${secret}"; };\n`;
}
