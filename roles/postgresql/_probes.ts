import { type Shell, sh } from '../../operations/shell';
import type { NodeContext, Probe } from '../role';
import { primaryName } from './_data';
import { APP_LOGIN } from './_logins';
import { primaryOf } from './_members';
import { POSTGRESQL_PORT, pgAsRoot, psql } from './_paths';
import { POSTGRESQL_OWNER, postgresqlSettings } from './_settings';

const UNIT = 'postgresql.service';

/** More than a busy standby is ever behind, and less than what is lost without a thought. Bytes. */
const LAG_LIMIT = 64 * 1024 * 1024;

/** Every owner gets into every database of theirs as clients do: over the network, with TLS and the secret. */
export function letsClientsIn({ node, settings }: NodeContext): Probe {
  const { databases } = postgresqlSettings(settings);
  const doors = databases.length > 0 ? databases : [{ name: 'postgres', owner: POSTGRESQL_OWNER }];
  const tries = doors.map(({ name, owner }) => {
    const conninfo = [
      ...[`host=${node.address}`, `port=${POSTGRESQL_PORT}`, `dbname=${name}`, `user=${owner}`],
      ...[`passfile=${APP_LOGIN}`, 'sslmode=require', 'connect_timeout=5'],
    ].join(' ');
    const ask = pgAsRoot('psql', ['-XAtq', '-w', '-d', conninfo, '-c', 'select 1']);
    return sh`said=$(${ask} 2>&1) || { printf '%s\n' ${`${owner} can't get into ${name}:`} "$said"; exit 1; }`;
  });
  return { name: 'lets clients in', script: tries.map(({ text }) => text).join('\n') };
}

/** A transaction with a number of its own is one that a standby refuses. */
export function takesWrites(): Probe {
  return { name: 'takes writes', script: answersNothing('select where txid_current() is null').text };
}

/**
 * That what the primary writes arrives and can be read here, and that it comes from the primary. It is asked here alone: a
 * primary that were ill for the want of a standby would keep that one from its turn to be mended, and applications from it.
 */
export function follows(context: NodeContext): Probe {
  const { address } = primaryOf(context);
  const behind = 'pg_wal_lsn_diff(latest_end_lsn, pg_last_wal_replay_lsn())';
  const statement =
    "select case when not pg_is_in_recovery() then 'it is a primary itself' " +
    `when status is distinct from 'streaming' then '${primaryName(context)} sends it nothing: ' || coalesce(status, 'it is not connected') ` +
    `when sender_host <> '${address}' then 'it follows ' || sender_host || ', not ${primaryName(context)}' ` +
    `when ${behind} > ${LAG_LIMIT} then pg_size_pretty(${behind}) || ' behind' else '' end ` +
    'from (select) as one left join pg_stat_wal_receiver on true';
  const script = sh`
    ( ${answersNothing(statement)} ) && exit 0
    journalctl --no-pager -q -o cat -n 50 -u ${UNIT} | grep -E ' (FATAL|ERROR|PANIC): ' | tail -n 2 | cut -c1-300
    exit 1
  `;
  return { name: 'follows the primary', script: script.text };
}

/** Exits 1 with what a statement answers, where that is anything. */
function answersNothing(statement: string): Shell {
  return sh`
    said=$(${psql(['-c', statement])} 2>&1) && [ -z "$said" ] && exit 0
    printf '%s\n' "$said"
    exit 1
  `;
}
