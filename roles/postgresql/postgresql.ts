import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { sh } from '../../operations/shell';
import { unit } from '../../operations/unit';
import { unitReload } from '../../operations/unit-reload';
import { hardenedUnit } from '../_hardened-unit';
import { heldBack } from '../_held-back';
import { unitActive } from '../_probes';
import { PROGRAMS, program } from '../_programs';
import { selfSigned } from '../_self-signed';
import type { Census, Drain, NodeContext, Role } from '../role';
import { MAX_STANDBYS, POSTGRESQL_CLIENTS, postgresqlConf, postgresqlHba } from './_conf';
import { primaryData } from './_data';
import {
  APP_LOGIN,
  appLogin,
  POSTGRESQL_APP,
  POSTGRESQL_REPLICATION,
  REPLICATION_LOGIN,
  replicationLogin,
} from './_logins';
import { isPrimary } from './_members';
import { postgresqlObjects } from './_objects';
import {
  PG_PROGRAM,
  POSTGRESQL_CERTIFICATE,
  POSTGRESQL_CONF,
  POSTGRESQL_CONF_DIR,
  POSTGRESQL_DATA,
  POSTGRESQL_HBA,
  POSTGRESQL_HOME,
  POSTGRESQL_KEY,
  POSTGRESQL_PORT,
  POSTGRESQL_SOCKETS,
  POSTGRESQL_USER,
  pgAsRoot,
  psql,
} from './_paths';
import { follows, letsClientsIn, takesWrites } from './_probes';
import { POSTGRESQL_SETTINGS } from './_settings';
import { standbyData } from './_standby';

const NAME = 'postgresql';
const UNIT = `${NAME}.service`;
const MIN_MEMORY_MIB = 400;

/**
 * PostgreSQL as the distribution has it: the first node of the role is the primary, the others are its standbys, which
 * stream what it writes and can be read. A standby that was away for long, so that the primary has kept less than it misses
 * (2 GB, `conf.max_slot_wal_keep_size`), is copied anew by `configure`.
 *
 * The superuser `postgres` has no password and comes in on the node alone (`sudo -u postgres psql`). Databases of the plan
 * belong to the role `app` or to whom they name, who log in over TLS with the secret `postgresql.app`.
 */
export const postgresql: Role = {
  name: NAME,
  summary: 'PostgreSQL; the first node is the primary, the others stream from it',
  settings: POSTGRESQL_SETTINGS,
  minMemoryMiB: MIN_MEMORY_MIB,
  namesOthers: true,
  exposes: [{ name: 'sql', port: POSTGRESQL_PORT, from: POSTGRESQL_CLIENTS }],
  fits: ({ count }: Census) =>
    count(NAME) > MAX_STANDBYS + 1 ? `a primary can have ${MAX_STANDBYS} standbys, not ${count(NAME) - 1}` : undefined,
  secrets: [POSTGRESQL_REPLICATION, POSTGRESQL_APP],
  install: () => [
    heldBack(UNIT),
    ...noClusterOfItsOwn(),
    packages({ apt: [NAME, 'openssl'], dnf: ['postgresql-server', 'postgresql-contrib', 'openssl'] }),
    ...program(PG_PROGRAM.name, PG_PROGRAM.content),
  ],
  configure: (context) => [
    directory({ path: POSTGRESQL_HOME, owner: POSTGRESQL_USER, group: POSTGRESQL_USER }),
    directory({ path: POSTGRESQL_CONF_DIR }),
    file({ path: POSTGRESQL_CONF, content: postgresqlConf(context) }),
    file({ path: POSTGRESQL_HBA, content: postgresqlHba(context) }),
    file({
      path: REPLICATION_LOGIN,
      content: replicationLogin(context),
      owner: POSTGRESQL_USER,
      group: POSTGRESQL_USER,
    }),
    file({ path: APP_LOGIN, content: appLogin(context) }),
    selfSigned({
      certificate: POSTGRESQL_CERTIFICATE,
      key: POSTGRESQL_KEY,
      owner: POSTGRESQL_USER,
      commonName: context.node.hostname,
    }),
  ],
  start: (context) => [
    isPrimary(context) ? primaryData(context) : standbyData(context),
    postgresqlUnit(context),
    unitReload({ unit: UNIT, file: POSTGRESQL_HBA, content: postgresqlHba(context), check: SERVER_IS_UP }),
    ...(isPrimary(context) ? [postgresqlObjects(context)] : []),
  ],
  health: (context) => [
    unitActive(UNIT),
    letsClientsIn(context),
    isPrimary(context) ? takesWrites() : follows(context),
  ],
  drain: () => untilIdle(),
};

/** A server that has only just been started would end when it is told to read something again. */
const SERVER_IS_UP = sh`
  left=30 answer=0
  while ${pgAsRoot('pg_isready', ['-q', '-h', POSTGRESQL_SOCKETS])} || answer=$?; [ "$answer" -ge 2 ] && [ "$left" -gt 0 ]; do
    left=$((left - 1)) answer=0
    sleep 1
  done
`.text;

/** Debian makes and starts a database when the package is installed; nobody would know it, and an image would hold it. */
function noClusterOfItsOwn(): readonly Operation[] {
  const path = '/etc/postgresql-common/createcluster.d';
  const content = '# Written by firesteel configure.\ncreate_main_cluster = false\n';
  return [directory({ path }), file({ path: `${path}/firesteel.conf`, content })];
}

/** Ending by SIGINT breaks off what clients do, and writes everything down; a reload reads who may come in. */
function postgresqlUnit(context: NodeContext): Operation {
  const mounts = context.node.volumes.map(({ id, mount }) => `${id} ${mount}`);
  return unit({
    name: UNIT,
    content: hardenedUnit({
      description: `PostgreSQL of the cluster ${context.cluster}`,
      user: POSTGRESQL_USER,
      exec: `${PROGRAMS}/${PG_PROGRAM.name} postgres -D ${POSTGRESQL_DATA} -c config_file=${POSTGRESQL_CONF}`,
      directory: POSTGRESQL_HOME,
      writable: [POSTGRESQL_HOME],
      extra: [
        'ExecReload=/bin/kill -HUP $MAINPID',
        'KillMode=mixed',
        'KillSignal=SIGINT',
        'TimeoutStopSec=300',
        'RuntimeDirectory=postgresql',
        'RuntimeDirectoryPreserve=yes',
        'RuntimeDirectoryMode=0755',
        'UMask=0077',
        // `samenet` of pg_hba.conf asks the kernel for the node's networks.
        'RestrictAddressFamilies=AF_NETLINK',
      ],
    }),
    reads: [{ path: POSTGRESQL_CONF, content: postgresqlConf(context) }],
    restartOn: mounts,
  });
}

/** Nothing keeps clients from coming again, so no more is done than to let what runs now finish, for some time. */
function untilIdle(): Drain {
  const busy =
    "select count(*) from pg_stat_activity where backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid()";
  const load = sh`
    left=20
    while [ "$left" -gt 0 ] && [ "$(${psql(['-c', busy])} 2>/dev/null || echo 0)" != 0 ]; do
      left=$((left - 1))
      sleep 1
    done
    echo 0
  `;
  return { begin: ':', load: load.text };
}
