import type { Change, Operation } from '../../operations/operation';
import { lines, type Shell, sh } from '../../operations/shell';
import type { NodeContext } from '../role';
import { type DataKind, dataKind, emptyPlace, NEW_DATA, notADatabase, parseDataKind, primaryName } from './_data';
import { primaryConninfo, slotOf } from './_members';
import { POSTGRESQL_DATA, POSTGRESQL_HOME, POSTGRESQL_USER, pg, pgAsRoot } from './_paths';

export interface StandbyDataFact {
  readonly data: DataKind;
  /** A run that was copying them anew was cut off. */
  readonly unfinished?: boolean;
  /** Of the data here; absent where there are none. */
  readonly history?: History;
  /** What the primary says of itself and of this node's slot; absent where it does not answer. */
  readonly primary?: History & { readonly slot: string };
}

/** Data with the same system are copies of each other up to where their timelines part. */
export interface History {
  readonly system: string;
  readonly timeline: number;
}

/** How long a standby waits until the primary lets it copy; both are configured at once. Seconds. */
const PRIMARY_WITHIN = 300;
const OLD_DATA = `${POSTGRESQL_HOME}/.firesteel-old`;

/**
 * A standby's data, copied from the primary. They are copied again only where the primary has kept too little of what this
 * standby misses (its slot is `lost`), and they are the primary's own past; anything else is never written over.
 * @throws {Error} when the data are not a standby's of this primary
 */
export function standbyData(context: NodeContext): Operation<StandbyDataFact> {
  return {
    kind: 'postgresql-data',
    name: POSTGRESQL_DATA,
    fact: { script: factScript(context), parse, bare: { data: 'none' } },
    changes(fact) {
      if (fact.data === 'none') return [copy(context)];
      requireOwn(fact, context);
      if (fact.unfinished || fact.primary?.slot === 'lost') return [copy(context)];
      return fact.primary?.slot === 'none' ? [makeSlot(context)] : [];
    },
  };
}

function requireOwn({ data, history, primary }: StandbyDataFact, context: NodeContext): void {
  const { name } = context.node;
  const put = `they are never written over; put ${POSTGRESQL_DATA} away yourself, and it is copied anew`;
  if (data === 'other') throw new Error(notADatabase(name));
  if (data === 'primary') {
    throw new Error(`${name} is to follow ${primaryName(context)}, but its data are a primary's: ${put}`);
  }
  if (!history || !primary) return;
  if (history.system !== primary.system) {
    throw new Error(`the data of ${name} are another database's than those of ${primaryName(context)}: ${put}`);
  }
  if (history.timeline > primary.timeline) {
    throw new Error(
      `the data of ${name} are ahead of those of ${primaryName(context)}: they follow a server that was promoted since. ` +
        `If that one is lost for good, ${put}`,
    );
  }
}

function factScript(context: NodeContext): string {
  const question =
    'select system_identifier, (select timeline_id from pg_control_checkpoint()), ' +
    `coalesce((select wal_status from pg_replication_slots where slot_name = '${slotOf(context.node)}'), 'none') ` +
    'from pg_control_system()';
  return sh`
    data=$(${dataKind})
    echo "data $data"
    if [ -e ${NEW_DATA} ]; then echo unfinished; fi
    if [ "$data" = standby ]; then
      control=$(${pgAsRoot('pg_controldata', ['-D', POSTGRESQL_DATA])})
      echo history $(printf '%s\n' "$control" | sed -n \
        -e "s/^Database system identifier: *//p" -e "s/^Latest checkpoint's TimeLineID: *//p")
      primary=$(${askPrimary(context, question)} 2>/dev/null) && echo "primary $primary"
    fi
    :
  `.text;
}

/** One statement, as the primary lets standbys make; they may handle their slots themselves. */
function askPrimary(context: NodeContext, statement: string): Shell {
  const words = [
    '-XAtq',
    '-w',
    '-F',
    ' ',
    '-v',
    'ON_ERROR_STOP=1',
    '-d',
    `dbname=postgres ${primaryConninfo(context)}`,
  ];
  return pg('psql', [...words, '-c', statement]);
}

function parse(stdout: string): StandbyDataFact {
  const line = (key: string): readonly string[] | undefined =>
    new RegExp(`^${key} (.*)$`, 'm').exec(stdout)?.[1]?.split(' ');
  const data = parseDataKind(line('data')?.[0] ?? stdout);
  const history = (words: readonly string[]): History => ({ system: words[0]!, timeline: Number(words[1]) });
  const own = line('history');
  const primary = line('primary');
  return {
    data,
    ...(/^unfinished$/m.test(stdout) && { unfinished: true }),
    ...(own?.length === 2 && { history: history(own) }),
    ...(primary?.length === 3 && { primary: { ...history(primary), slot: primary[2]! } }),
  };
}

/** The slot comes first, so that nothing is thrown away that the copy will miss. One that is lost is worth nothing. */
function slotScript(context: NodeContext): Shell {
  const slot = `'${slotOf(context.node)}'`;
  const statements = [
    `select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = ${slot} and wal_status = 'lost'`,
    `select pg_create_physical_replication_slot(${slot}, true) ` +
      `where not exists (select from pg_replication_slots where slot_name = ${slot})`,
  ];
  return lines(...statements.map((statement) => sh`${askPrimary(context, statement)} >/dev/null`));
}

function makeSlot(context: NodeContext): Change {
  const description = `ask ${primaryName(context)} to keep what this standby has not seen yet`;
  return { description, script: slotScript(context).text };
}

/**
 * The copy has a slot of its own while it is made, so what a killed run left of the last one is in nobody's way. Data of an
 * old copy stay until the new one is whole, unless the disk has no room for both: they are of use only if the primary is
 * lost in this very moment. The empty place, which comes before the new slot, tells the next run that it is not finished.
 */
function copy(context: NodeContext): Change {
  const make = pg('pg_basebackup', [
    ...['-w', '-D', NEW_DATA, '-X', 'stream', '-c', 'fast', '-d', primaryConninfo(context)],
  ]);
  const script = lines(
    waitForPrimary(context),
    emptyPlace,
    slotScript(context),
    MAKE_ROOM,
    sh`
      ${make}
      install -m 0600 -o ${POSTGRESQL_USER} -g ${POSTGRESQL_USER} /dev/null ${`${NEW_DATA}/standby.signal`}
      if [ -e ${POSTGRESQL_DATA} ]; then
        systemctl stop postgresql.service
        rm -rf -- ${OLD_DATA}
        mv -fT -- ${POSTGRESQL_DATA} ${OLD_DATA}
      fi
      mv -fT -- ${NEW_DATA} ${POSTGRESQL_DATA}
      if [ "$ran" = yes ]; then systemctl start postgresql.service; fi
      rm -rf -- ${OLD_DATA}
    `,
  );
  return { description: `copy the database of ${primaryName(context)}`, script: script.text };
}

/** A third more than the old copy takes, which has grown since. */
const MAKE_ROOM = sh`
  ran=
  if systemctl is-active -q postgresql.service; then ran=yes; fi
  if [ -e ${POSTGRESQL_DATA} ]; then
    used=$(du -sm -- ${POSTGRESQL_DATA} | cut -f 1)
    free=$(df -Pm -- ${POSTGRESQL_HOME} | awk 'NR == 2 { print $4 }')
    if [ "$free" -lt $((used * 4 / 3)) ]; then
      systemctl stop postgresql.service
      rm -rf -- ${POSTGRESQL_DATA}
    fi
  fi
`;

function waitForPrimary(context: NodeContext): Shell {
  return sh`
    left=${PRIMARY_WITHIN}
    until said=$(${askPrimary(context, 'select')} 2>&1); do
      left=$((left - 2))
      if [ "$left" -le 0 ]; then
        printf '%s\n' ${`${primaryName(context)} does not let this node copy its data:`} "$said" >&2
        exit 69
      fi
      sleep 2
    done
  `;
}
