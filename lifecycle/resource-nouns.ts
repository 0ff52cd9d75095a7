/** The provider's resource types in words of the users'. */
const NOUNS: Readonly<Record<string, string>> = {
  openstack_blockstorage_volume_v3: 'volume',
  openstack_compute_instance_v2: 'server',
  openstack_compute_keypair_v2: 'key pair',
  openstack_compute_servergroup_v2: 'server group',
  openstack_compute_volume_attach_v2: 'volume attachment',
  openstack_dns_recordset_v2: 'DNS record',
  openstack_dns_zone_v2: 'DNS zone',
  openstack_lb_listener_v2: 'listener',
  openstack_lb_loadbalancer_v2: 'load balancer',
  openstack_lb_member_v2: 'load balancer member',
  openstack_lb_monitor_v2: 'load balancer monitor',
  openstack_lb_pool_v2: 'load balancer pool',
  openstack_networking_floatingip_associate_v2: 'floating IP association',
  openstack_networking_floatingip_v2: 'floating IP',
  openstack_networking_network_v2: 'network',
  openstack_networking_port_v2: 'port',
  openstack_networking_router_interface_v2: 'router interface',
  openstack_networking_router_v2: 'router',
  openstack_networking_secgroup_rule_v2: 'security group rule',
  openstack_networking_secgroup_v2: 'security group',
  openstack_networking_subnet_v2: 'subnet',
};

export function noun(type: string): string {
  return NOUNS[type] ?? type;
}

/**
 * Types whose loss nobody would miss, because they hold nothing of their own and are made anew in place; all others are
 * only destroyed by verbs that say so.
 */
const HARMLESS = new Set([
  'openstack_compute_keypair_v2',
  'openstack_compute_servergroup_v2',
  'openstack_dns_recordset_v2',
  'openstack_lb_listener_v2',
  'openstack_lb_member_v2',
  'openstack_lb_monitor_v2',
  'openstack_lb_pool_v2',
  'openstack_networking_floatingip_associate_v2',
  'openstack_networking_secgroup_rule_v2',
  'openstack_networking_secgroup_v2',
]);

export function isHarmless(type: string): boolean {
  return HARMLESS.has(type);
}
