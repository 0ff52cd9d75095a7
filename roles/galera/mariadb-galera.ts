import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { sh } from '../../operations/shell';
import { unit } from '../../operations/unit';
import { hardenedUnit } from '../_hardened-unit';
import { heldBack } from '../_held-back';
import { unitActive } from '../_probes';
import { PROGRAMS, program } from '../_programs';
import type { Drain, NodeContext, Role } from '../role';
import { GALERA_AGENT, GALERA_AGENT_PROGRAM } from './_agent';
import { mariadbConf } from './_conf';
import { galeraFiles } from './_files';
import { ARBITRATOR, GALERA, GALERA_SECRET, oddGroup } from './_members';
import { appLogin, galeraObjects, MARIADB_APP, mariadb } from './_objects';
import { GALERA_DRAINING, GALERA_PORTS, MARIADB_APP_LOGIN, MARIADB_CONF, MARIADB_DATA, MARIADB_USER } from './_paths';
import { inStep, letsClientsIn, numbersAlike, saysReady } from './_probes';
import { GALERA_SETTINGS, galeraSettings } from './_settings';
import { GALERA_STARTER, GALERA_STARTER_PROGRAM } from './_starter';

const UNIT = 'mariadb.service';
const AGENT_UNIT = `${GALERA_AGENT}.service`;

/**
 * MariaDB with Galera: all nodes have all data and take writes, and what one has committed all have. Servers show each other
 * a certificate of the cluster's, over TLS; root comes in on the node alone (`sudo mariadb`). Databases of the plan belong
 * to the user `app`, or to whom they name, who log in with the secret `mariadb.app`.
 *
 * Which node begins the group, at first and after all were down, `GALERA_DECISION` tells. Balancers ask port 9200, not 3306:
 * there 200 means that the server takes queries.
 *
 * Multicast is not used, so 4567 is open by TCP alone.
 */
export const mariadbGalera: Role = {
  name: GALERA,
  summary: 'MariaDB with Galera; every node has all data and takes writes',
  settings: GALERA_SETTINGS,
  minMemoryMiB: 480,
  namesOthers: true,
  exposes: [
    { name: 'sql', port: GALERA_PORTS.sql, from: [GALERA, 'wordpress', 'flask-app', 'haproxy'] },
    { name: 'snapshot', port: GALERA_PORTS.snapshot, from: [GALERA] },
    { name: 'group', port: GALERA_PORTS.group, from: [GALERA, ARBITRATOR] },
    { name: 'increments', port: GALERA_PORTS.increments, from: [GALERA] },
    { name: 'state', port: GALERA_PORTS.state, from: [GALERA, ARBITRATOR, 'wordpress', 'haproxy'] },
  ],
  fits: oddGroup,
  secrets: [GALERA_SECRET, MARIADB_APP],
  install: () => [
    heldBack(UNIT),
    packages({
      apt: ['mariadb-server', 'mariadb-backup', 'galera-4', 'socat', 'procps', 'iproute2', 'python3'],
      dnf: ['mariadb-server', 'mariadb-server-galera', 'mariadb-backup', 'socat', 'procps-ng', 'iproute', 'python3'],
    }),
    ...program(GALERA_AGENT, GALERA_AGENT_PROGRAM),
    ...program(GALERA_STARTER, GALERA_STARTER_PROGRAM),
  ],
  configure: (context) => [
    directory({ path: MARIADB_DATA, owner: MARIADB_USER, group: MARIADB_USER, mode: 0o755 }),
    ...galeraFiles(context, MARIADB_USER),
    file({ path: MARIADB_CONF, content: mariadbConf(context) }),
    file({ path: MARIADB_APP_LOGIN, content: appLogin(context) }),
  ],
  start: (context) => [agentUnit(context), serverUnit(context), ...(isFirst(context) ? [galeraObjects(context)] : [])],
  health: (context) => {
    const { asynchronous } = galeraSettings(context.settings);
    return [
      ...[unitActive(UNIT), inStep(context, UNIT), letsClientsIn(context), saysReady(context)],
      ...(asynchronous ? [numbersAlike(asynchronous.domain)] : []),
    ];
  },
  drain: () => untilIdle(),
};

function isFirst({ node, nodesWith }: NodeContext): boolean {
  return nodesWith(GALERA)[0]?.name === node.name;
}

function agentUnit(context: NodeContext): Operation {
  return unit({
    name: AGENT_UNIT,
    content: hardenedUnit({
      description: `tells how MariaDB of the cluster ${context.cluster} stands`,
      user: MARIADB_USER,
      exec: `${PROGRAMS}/${GALERA_AGENT}`,
      directory: '/',
      writable: [],
    }),
    reads: [{ path: `${PROGRAMS}/${GALERA_AGENT}`, content: GALERA_AGENT_PROGRAM }],
    restartOn: [context.node.address],
  });
}

/** It is given time to write everything down, and what it has started for a new member ends with it. */
function serverUnit(context: NodeContext): Operation {
  const mounts = context.node.volumes.map(({ id, mount }) => `${id} ${mount}`);
  return unit({
    name: UNIT,
    content: hardenedUnit({
      description: `MariaDB of the cluster ${context.cluster}`,
      user: MARIADB_USER,
      exec: `${PROGRAMS}/${GALERA_STARTER}`,
      directory: MARIADB_DATA,
      writable: [MARIADB_DATA],
      after: [AGENT_UNIT],
      extra: [
        'KillMode=mixed',
        'TimeoutStopSec=600',
        'RuntimeDirectory=mysqld',
        'RuntimeDirectoryMode=0755',
        'RuntimeDirectoryPreserve=yes',
      ],
    }),
    reads: [{ path: MARIADB_CONF, content: mariadbConf(context) }],
    restartOn: mounts,
  });
}

/** Balancers are told first; then what runs may finish, for some time. */
function untilIdle(): Drain {
  const busy = 'select count(*) from information_schema.innodb_trx where trx_mysql_thread_id > 0';
  const load = sh`
    left=20
    while [ "$left" -gt 0 ] && [ "$(${mariadb(['-e', busy])} 2>/dev/null || echo 0)" != 0 ]; do
      left=$((left - 1))
      sleep 1
    done
    echo 0
  `;
  return { begin: sh`touch ${GALERA_DRAINING}`.text, load: load.text };
}
