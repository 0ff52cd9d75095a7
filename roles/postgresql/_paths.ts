import { type Shell, sh } from '../../operations/shell';
import { PROGRAMS } from '../_programs';

export const POSTGRESQL_USER = 'postgres';
export const POSTGRESQL_PORT = 5432;
/** A volume may be mounted here. */
export const POSTGRESQL_HOME = '/var/lib/postgresql';
/** The data themselves: not the home, because a volume's root holds a `lost+found`. */
export const POSTGRESQL_DATA = `${POSTGRESQL_HOME}/data`;
export const POSTGRESQL_SOCKETS = '/run/postgresql';
/** Beside those of Debian's own clusters, whose folders are numbers. */
export const POSTGRESQL_CONF_DIR = '/etc/postgresql/firesteel';
export const POSTGRESQL_CONF = `${POSTGRESQL_CONF_DIR}/postgresql.conf`;
export const POSTGRESQL_HBA = `${POSTGRESQL_CONF_DIR}/pg_hba.conf`;
export const POSTGRESQL_CERTIFICATE = `${POSTGRESQL_CONF_DIR}/server.crt`;
export const POSTGRESQL_KEY = `${POSTGRESQL_CONF_DIR}/server.key`;

const PG = 'pg';

/**
 * `pg PROGRAM …` runs a program of PostgreSQL. Debian keeps a folder for each version; which one is known by the data, and
 * before there are any, it is the newest.
 */
export const PG_PROGRAM = {
  name: PG,
  content: `#!/bin/sh
# Written by firesteel configure; changes made here do not last.
set -eu
program=$1
shift
version=$(cat ${POSTGRESQL_DATA}/PG_VERSION 2>/dev/null || ls /usr/lib/postgresql 2>/dev/null | sort -V | tail -n 1)
for candidate in "/usr/lib/postgresql/$version/bin/$program" "/usr/bin/$program"; do
  if [ -x "$candidate" ]; then exec "$candidate" "$@"; fi
done
echo "$program of PostgreSQL \${version:-of any version} is not installed" >&2
exit 69
`,
};

/** A program of PostgreSQL as the user that runs the server: who that is, is the login of a superuser. */
export function pg(program: string, args: readonly string[] = []): Shell {
  return sh`runuser -u ${POSTGRESQL_USER} -- ${`${PROGRAMS}/${PG}`} ${program} ${args}`;
}

/** The same as whoever runs the script. */
export function pgAsRoot(program: string, args: readonly string[]): Shell {
  return sh`${`${PROGRAMS}/${PG}`} ${program} ${args}`;
}

/** A superuser's session of the server on this node; SQL comes from standard input, or by `-c`. */
export function psql(args: readonly string[] = []): Shell {
  return pg('psql', ['-XAtq', '-w', '-v', 'ON_ERROR_STOP=1', '-h', POSTGRESQL_SOCKETS, '-d', 'postgres', ...args]);
}
