import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { unit } from '../../operations/unit';
import { user } from '../../operations/user';
import { hardenedUnit } from '../_hardened-unit';
import { heldBack } from '../_held-back';
import { unitActive } from '../_probes';
import { PROGRAMS, program } from '../_programs';
import type { NodeContext, Role } from '../role';
import { GALERA_ARBITRATE, GALERA_ARBITRATE_PROGRAM, GARBD_CONF } from './_arbitrator';
import { groupOptions } from './_conf';
import { galeraFiles } from './_files';
import { ARBITRATOR, GALERA, GALERA_SECRET, groupAddress, membersJson, oddGroup } from './_members';
import { GALERA_MEMBERS, GALERA_PORTS } from './_paths';
import { arbitrates } from './_probes';

const UNIT = `${ARBITRATOR}.service`;
const USER = 'garbd';
const HOME = '/var/lib/galera-arbitrator';

/**
 * A member of a Galera group that has no data, only a vote: with an even number of servers it says which half goes on. It
 * sees all that is replicated, so it is as much of the cluster as the servers are, but needs neither disk nor memory.
 */
export const galeraArbitrator: Role = {
  name: ARBITRATOR,
  summary: 'a vote without data in a Galera group with an even number of servers',
  minMemoryMiB: 128,
  namesOthers: true,
  exposes: [{ name: 'group', port: GALERA_PORTS.group, from: [GALERA, ARBITRATOR] }],
  fits: oddGroup,
  secrets: [GALERA_SECRET],
  install: () => [
    heldBack('garb.service'),
    packages({ apt: ['galera-arbitrator-4', 'python3'], dnf: ['galera', 'python3'] }),
    user({ name: USER, home: HOME }),
    ...program(GALERA_ARBITRATE, GALERA_ARBITRATE_PROGRAM),
  ],
  configure: (context) => [
    directory({ path: HOME, owner: USER, group: USER, mode: 0o750 }),
    ...galeraFiles(context, USER),
    file({ path: GARBD_CONF, content: garbdConf(context) }),
  ],
  start: (context) => [arbitratorUnit(context)],
  health: (context) => [unitActive(UNIT), arbitrates(context)],
};

function garbdConf(context: NodeContext): string {
  return [
    '# Written by firesteel configure; changes made here do not last.',
    `address = ${groupAddress(context)}`,
    `group = ${context.cluster}`,
    `name = ${context.node.name}`,
    `options = ${groupOptions(context.node).join(';')}`,
    '',
  ].join('\n');
}

function arbitratorUnit(context: NodeContext): Operation {
  return unit({
    name: UNIT,
    content: hardenedUnit({
      description: `a vote in the Galera group of the cluster ${context.cluster}`,
      user: USER,
      exec: `${PROGRAMS}/${GALERA_ARBITRATE}`,
      directory: HOME,
      writable: [HOME],
      extra: ['KillMode=mixed'],
    }),
    reads: [
      { path: GARBD_CONF, content: garbdConf(context) },
      { path: GALERA_MEMBERS, content: membersJson(context) },
    ],
  });
}
