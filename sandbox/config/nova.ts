import {
  type ConfigContext,
  database,
  internalAddress,
  logging,
  PORTS,
  SECOND_HOST_NAME,
  serviceAuth,
  tokenAuth,
  transportUrl,
} from './context';
import type { Ini } from './ini';

/** Quotas of a project: high enough to be in nobody's way, yet real, so that a check of them has numbers to show. */
const QUOTA = {
  instances: 200,
  cores: 800,
  ram: 1_000_000,
  key_pairs: 500,
  server_groups: 200,
  server_group_members: 200,
};

const libvirt = {
  virt_type: 'lxc',
  connection_uri: 'lxc:///',
  images_type: 'raw',
  cpu_mode: 'none',
  inject_partition: -2,
  // The container's own file system can't be snapshot as raw: qcow2 is what glance gets.
  snapshot_image_format: 'qcow2',
  wait_soft_reboot_seconds: 20,
};

export function novaConf(context: ConfigContext): Ini {
  const { api } = context.net;
  return {
    DEFAULT: { ...computeDefaults, ...apiDefaults(api), my_ip: api, transport_url: transportUrl(context) },
    keystone_authtoken: tokenAuth(context, 'nova'),
    service_user: { send_service_user_token: true, ...serviceAuth(context, 'nova') },
    placement: serviceAuth(context, 'placement'),
    neutron: {
      ...serviceAuth(context, 'neutron'),
      service_metadata_proxy: true,
      metadata_proxy_shared_secret: context.passwords.metadata,
    },
    glance: { api_servers: `http://${api}:${PORTS.image}` },
    conductor: { workers: 1 },
    scheduler: { workers: 1 },
    quota: QUOTA,
    vnc: { enabled: false },
    spice: { enabled: false },
    oslo_concurrency: { lock_path: '/var/lock/nova' },
    libvirt,
  };
}

const computeDefaults = {
  ...logging,
  state_path: '/var/lib/nova',
  instances_path: '/var/lib/nova/instances',
  compute_driver: 'libvirt.LibvirtDriver',
  force_raw_images: true,
  // Servers are containers that share this machine: promise more than there is, a memory limit holds each to its own.
  cpu_allocation_ratio: 64,
  ram_allocation_ratio: 4,
  disk_allocation_ratio: 20,
  reserved_host_memory_mb: 512,
  resume_guests_state_on_host_boot: true,
  vif_plugging_is_fatal: true,
  vif_plugging_timeout: 60,
  update_resources_interval: 30,
  report_interval: 3,
  allow_resize_to_same_host: true,
  shutdown_timeout: 20,
};

const apiDefaults = (address: string) => ({
  enabled_apis: 'osapi_compute,metadata',
  osapi_compute_listen: address,
  osapi_compute_workers: 1,
  metadata_listen: address,
  metadata_workers: 1,
});

/** What the APIs, the conductor and the scheduler are told beyond {@link novaConf}; nova-compute must have no data base. */
export function novaDatabaseConf(context: ConfigContext): Ini {
  return { api_database: database(context, 'nova_api'), database: database(context, 'nova') };
}

/** What differs on the second compute node; given after `nova.conf`. */
export function secondNodeConf(): Ini {
  return { DEFAULT: { my_ip: internalAddress(2), host: SECOND_HOST_NAME } };
}
