import type { Change, Operation } from '../../operations/operation';
import { lines, type Shell, sh } from '../../operations/shell';
import { PROGRAMS } from '../_programs';
import type { NodeContext, NodeInfo } from '../role';
import { primaryOf } from './_members';
import { PG_PROGRAM, POSTGRESQL_DATA, POSTGRESQL_HOME, POSTGRESQL_PORT, POSTGRESQL_USER, pg, pgAsRoot } from './_paths';

/** `other` = files that are no database. */
export type DataKind = 'none' | 'primary' | 'standby' | 'other';

export interface PrimaryDataFact {
  readonly data: DataKind;
}

/** Where new data grow until they are whole: on the same disk, so that they come into place in one step. */
export const NEW_DATA = `${POSTGRESQL_HOME}/.firesteel-new`;

/** Prints `none`, `primary`, `standby` or `other`. */
export const dataKind: Shell = sh`
  if [ -e ${`${POSTGRESQL_DATA}/PG_VERSION`} ]; then
    if [ -e ${`${POSTGRESQL_DATA}/standby.signal`} ]; then echo standby; else echo primary; fi
  elif [ -n "$(ls -A ${POSTGRESQL_DATA} 2>/dev/null || :)" ]; then echo other
  else echo none
  fi
`;

export function parseDataKind(text: string): DataKind {
  if (text === 'none' || text === 'primary' || text === 'standby' || text === 'other') return text;
  throw new Error(`expected what kind of data there are, got ${JSON.stringify(text)}`);
}

/** An empty place for new data, as PostgreSQL wants it: what an earlier run left half done goes. */
export const emptyPlace: Shell = sh`
  cd ${POSTGRESQL_HOME}
  rm -rf -- ${NEW_DATA}
  install -d -m 0700 -o ${POSTGRESQL_USER} -g ${POSTGRESQL_USER} -- ${NEW_DATA}
`;

/**
 * The primary's data, made once. They are never made beside others: where a server of another node answers, that one has
 * this cluster's data, and an empty primary would be the end of them.
 *
 * To promote a standby, which is not in this role's hands yet, these have to go together: the old primary is off or its
 * data are put away (else there are two); `pg promote` on the most advanced standby (`pg_last_wal_receive_lsn()`); and
 * `primaryOf` names that node from then on, for the others to follow it: its data are a primary's then, so this operation
 * is content, and theirs are of a timeline that the new one continues. The old primary comes back as a standby once its
 * folder is empty.
 * @throws {Error} when the data are a standby's, or no database
 */
export function primaryData(context: NodeContext): Operation<PrimaryDataFact> {
  const { name } = context.node;
  return {
    kind: 'postgresql-data',
    name: POSTGRESQL_DATA,
    fact: {
      script: dataKind.text,
      parse: (stdout) => ({ data: parseDataKind(stdout.trim()) }),
      bare: { data: 'none' },
    },
    changes({ data }) {
      if (data === 'primary') return [];
      if (data === 'none') return [initialise(context)];
      if (data === 'other') throw new Error(notADatabase(name));
      throw new Error(
        `${name} is to be the primary, as the first node with the role postgresql in the plan, but its data are a ` +
          "standby's. If the primary that it followed is lost for good, or off, make it one with " +
          `"cd /; sudo runuser -u postgres -- ${PROGRAMS}/${PG_PROGRAM.name} pg_ctl promote -D ${POSTGRESQL_DATA}" on ${name}, ` +
          'and run this again',
      );
    },
  };
}

export function notADatabase(node: string): string {
  return `${POSTGRESQL_DATA} of ${node} holds files, and no database: it is never written over, so put them away yourself`;
}

function initialise(context: NodeContext): Change {
  const others = context.nodesWith('postgresql').filter(({ name }) => name !== context.node.name);
  const make = pg('initdb', [
    ...['-D', NEW_DATA, '--username=postgres', '--auth-local=peer', '--auth-host=scram-sha-256', '--data-checksums'],
    ...['--encoding=UTF8', '--locale=C.UTF-8'],
  ]);
  const script = lines(
    ...others.map(refuseBeside),
    emptyPlace,
    sh`
      ${make} >/dev/null
      mv -fT -- ${NEW_DATA} ${POSTGRESQL_DATA}
    `,
  );
  return { description: `make the database in ${POSTGRESQL_DATA}`, script: script.text };
}

/** `pg_isready` says 2 where nothing listens: else there is a server, whether it lets anybody in or not. */
function refuseBeside({ name, address }: NodeInfo): Shell {
  return sh`
    answer=0
    ${pgAsRoot('pg_isready', ['-q', '-t', '5', '-h', address, '-p', String(POSTGRESQL_PORT)])} || answer=$?
    if [ "$answer" -lt 2 ]; then
      echo ${`${name} has a database of this cluster, and this node, which is to be the primary, has none: an empty one is never made beside it. If what this node had is lost for good, delete the node; the next one is to be the primary then, and the next run says how it becomes one`} >&2
      exit 73
    fi
  `;
}

/** e.g. `pg-0 (10.0.0.11)` */
export function primaryName(context: NodeContext): string {
  const { name, address } = primaryOf(context);
  return `${name} (${address})`;
}
