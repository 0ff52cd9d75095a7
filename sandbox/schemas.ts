import { type ConfigContext, identityUrl, REGION } from './config/context';
import { KEYSTONE_KEYS } from './config/identity';
import type { ProgramSpec } from './supervisor';

/** Tasks that make or upgrade the data bases, by the service that waits for them; each bears being run again. */
export function schemaTasks(
  context: ConfigContext,
): Record<'keystone' | 'placement' | 'glance' | 'nova' | 'neutron', ProgramSpec> {
  const task = (name: string, script: string[], env: Record<string, string> = {}): ProgramSpec => ({
    name: `schema-${name}`,
    argv: ['sh', '-euc', script.join('\n')],
    env,
  });
  const neutron = '--config-file /etc/neutron/neutron.conf --config-file /etc/neutron/plugins/ml2/ml2_conf.ini';
  return {
    keystone: task('keystone', keystone(identityUrl(context)), { OS_BOOTSTRAP_PASSWORD: context.passwords.admin }),
    placement: task('placement', ['placement-manage db sync']),
    glance: task('glance', ['glance-manage db_sync']),
    nova: task('nova', nova),
    neutron: task('neutron', [`neutron-db-manage ${neutron} upgrade head`]),
  };
}

function keystone(url: string): string[] {
  const urls = ['admin', 'internal', 'public'].map((side) => `--bootstrap-${side}-url ${url}`).join(' ');
  return [
    `mkdir -p ${KEYSTONE_KEYS}/fernet-keys ${KEYSTONE_KEYS}/credential-keys`,
    `chmod 700 ${KEYSTONE_KEYS}/*`,
    'keystone-manage fernet_setup --keystone-user root --keystone-group root',
    'keystone-manage credential_setup --keystone-user root --keystone-group root',
    'keystone-manage db_sync',
    `keystone-manage bootstrap ${urls} --bootstrap-region-id ${REGION}`,
  ];
}

const MANAGE_NOVA =
  'manage() { nova-manage --config-file /etc/nova/nova.conf --config-file /etc/nova/databases.conf "$@"; }';

/** Lets servers be placed on compute nodes that are new; the scheduler by itself would look for them up to a minute later. */
export const MAP_HOSTS: ProgramSpec = {
  name: 'schema-nova-hosts',
  argv: ['sh', '-euc', `${MANAGE_NOVA}\nmanage cell_v2 discover_hosts`],
  env: {},
};

const nova = [
  MANAGE_NOVA,
  'manage api_db sync',
  'manage cell_v2 map_cell0',
  "manage cell_v2 list_cells | grep -q ' cell1 ' || manage cell_v2 create_cell --name=cell1",
  'manage db sync',
];
