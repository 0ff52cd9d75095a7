import { type ConfigContext, database, logging, memcached, PORTS, tokenAuth } from './context';
import type { Ini } from './ini';

export const KEYSTONE_KEYS = '/var/lib/firesteel/keystone';

export function keystoneConf(context: ConfigContext): Ini {
  return {
    DEFAULT: logging,
    database: database(context, 'keystone'),
    token: { provider: 'fernet', expiration: 86400 },
    fernet_tokens: { key_repository: `${KEYSTONE_KEYS}/fernet-keys` },
    fernet_receipts: { key_repository: `${KEYSTONE_KEYS}/fernet-keys` },
    credential: { key_repository: `${KEYSTONE_KEYS}/credential-keys` },
    cache: { enabled: true, backend: 'oslo_cache.memcache_pool', memcache_servers: memcached() },
    // The default of 12 rounds costs 0.3 s a token; the passwords are random, and of this machine only.
    identity: { password_hash_rounds: 4, max_password_length: 72 },
  };
}

export function glanceConf(context: ConfigContext): Ini {
  return {
    DEFAULT: {
      ...logging,
      bind_host: context.net.api,
      bind_port: PORTS.image,
      workers: 1,
      enabled_import_methods: '[glance-direct,web-download]',
      node_staging_uri: 'file:///var/lib/glance/images/staging',
      worker_self_reference_url: `http://${context.net.api}:${PORTS.image}`,
    },
    database: database(context, 'glance'),
    keystone_authtoken: tokenAuth(context, 'glance'),
    paste_deploy: { flavor: 'keystone' },
    glance_store: { stores: 'file', default_store: 'file', filesystem_store_datadir: '/var/lib/glance/images/' },
    oslo_concurrency: { lock_path: '/var/lock/glance' },
  };
}

export function placementConf(context: ConfigContext): Ini {
  return {
    DEFAULT: logging,
    api: { auth_strategy: 'keystone' },
    keystone_authtoken: tokenAuth(context, 'placement'),
    placement_database: database(context, 'placement'),
  };
}
