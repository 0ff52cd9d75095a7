import {
  type ConfigContext,
  database,
  internalAddress,
  logging,
  SECOND_HOST_NAME,
  serviceAuth,
  tokenAuth,
  transportUrl,
} from './context';
import type { Ini } from './ini';

/** The physical network that floating IPs are on, and the bridge that carries it. */
export const PHYSICAL_NETWORK = 'public';
export const EXTERNAL_BRIDGE = 'br-ext';

const QUOTA = {
  quota_network: 200,
  quota_subnet: 200,
  quota_port: 2000,
  quota_router: 100,
  quota_floatingip: 200,
  quota_security_group: 500,
  quota_security_group_rule: 5000,
};

export function neutronConf(context: ConfigContext): Ini {
  return {
    DEFAULT: {
      ...logging,
      bind_host: context.net.api,
      auth_strategy: 'keystone',
      core_plugin: 'ml2',
      service_plugins: 'router',
      api_workers: 1,
      rpc_workers: 1,
      rpc_state_report_workers: 0,
      transport_url: transportUrl(context),
      notify_nova_on_port_status_changes: true,
      notify_nova_on_port_data_changes: true,
      interface_driver: 'linuxbridge',
      state_path: '/var/lib/neutron',
      dhcp_agents_per_network: 1,
      agent_down_time: 75,
    },
    agent: {
      root_helper: 'sudo /usr/bin/neutron-rootwrap /etc/neutron/rootwrap.conf',
      root_helper_daemon: 'sudo /usr/bin/neutron-rootwrap-daemon /etc/neutron/rootwrap.conf',
      report_interval: 10,
    },
    experimental: { linuxbridge: true },
    database: database(context, 'neutron'),
    keystone_authtoken: tokenAuth(context, 'neutron'),
    nova: serviceAuth(context, 'nova'),
    placement: serviceAuth(context, 'placement'),
    oslo_concurrency: { lock_path: '/var/lock/neutron' },
    quotas: QUOTA,
  };
}

export function ml2Conf(): Ini {
  return {
    ml2: {
      type_drivers: 'flat,vxlan',
      tenant_network_types: 'vxlan',
      mechanism_drivers: 'linuxbridge',
      extension_drivers: 'port_security',
    },
    ml2_type_flat: { flat_networks: PHYSICAL_NETWORK },
    ml2_type_vxlan: { vni_ranges: '1:1000' },
    securitygroup: { enable_security_group: true, enable_ipset: true },
  };
}

export function linuxbridgeConf(): Ini {
  return {
    linux_bridge: { bridge_mappings: `${PHYSICAL_NETWORK}:${EXTERNAL_BRIDGE}` },
    vxlan: { enable_vxlan: true, local_ip: internalAddress(1), l2_population: false },
    agent: { polling_interval: 1 },
    securitygroup: { firewall_driver: 'iptables', enable_security_group: true, enable_ipset: true },
  };
}

/** What differs on the second compute node; given after the linuxbridge agent's file. */
export function secondAgentConf(): Ini {
  return { DEFAULT: { host: SECOND_HOST_NAME }, vxlan: { local_ip: internalAddress(2) } };
}

export function l3Conf(): Ini {
  return { DEFAULT: { interface_driver: 'linuxbridge' } };
}

export function dhcpConf(context: ConfigContext): Ini {
  return {
    DEFAULT: {
      interface_driver: 'linuxbridge',
      dhcp_driver: 'neutron.agent.linux.dhcp.Dnsmasq',
      enable_isolated_metadata: true,
      // For subnets that name no DNS server of their own.
      dnsmasq_dns_servers: context.nameservers.join(','),
    },
  };
}

export function metadataConf(context: ConfigContext): Ini {
  return {
    DEFAULT: {
      nova_metadata_host: context.net.api,
      metadata_proxy_shared_secret: context.passwords.metadata,
      metadata_workers: 1,
    },
  };
}
