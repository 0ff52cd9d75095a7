import { execFileSync } from 'node:child_process';
import type { NodeContext, NodeInfo } from '../../roles';
import { mariadbConf } from '../../roles/galera/_conf';
import { galeraObjects } from '../../roles/galera/_objects';
import { GALERA_SETTINGS } from '../../roles/galera/_settings';
import { GALERA_SUCCESSION } from '../../roles/galera/_succession';
import { mariadbGalera } from '../../roles/galera/mariadb-galera';
import { wordpressConf } from '../../roles/wordpress/_conf';
import { wordpress } from '../../roles/wordpress/wordpress';
import { context, nodeInfo, SECRET } from './_context';
import { ask, fileText, operationsOf, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const REGIONS = ['us-east', 'eu-central'];
const PLACES = [
  { prefix: 'us', region: 'us-east', net: '10.0.0' },
  { prefix: 'eu', region: 'eu-central', net: '10.1.0' },
];
const NODES = PLACES.flatMap(({ prefix, region, net }) => [
  ...[0, 1, 2].map((number) =>
    nodeInfo(`${prefix}db-${number}`, { roles: ['node', 'mariadb-galera'], address: `${net}.${31 + number}`, region }),
  ),
  nodeInfo(`${prefix}web-0`, { roles: ['node', 'wordpress'], address: `${net}.21`, region }),
  nodeInfo(`${prefix}cache-0`, { roles: ['node', 'memcached'], address: `${net}.51`, region }),
]);

/** A node of a cluster in two regions, as its roles see it. */
function at(
  name: string,
  asynchronous: object = { regions: REGIONS },
  nodes: readonly NodeInfo[] = NODES,
): NodeContext {
  const { region } = nodes.find((node) => node.name === name)!;
  const own = nodes.filter((node) => node.region === region);
  const settings = { roles: { 'mariadb-galera': { asynchronous } } };
  return { ...context(name, own, settings), elsewhere: nodes.filter((node) => node.region !== region) };
}

const kinds = (of: NodeContext): string[] => operationsOf(mariadbGalera, of).map(({ kind, name }) => `${kind} ${name}`);

describe('settings', () => {
  test.each<[object, string]>([
    [{}, 'needs either "regions"'],
    [{ regions: REGIONS, domain: 2 }, 'needs either "regions"'],
    [{ regions: ['us-east'] }, 'Too small'],
    [{ regions: ['us-east', 'us-east'] }, 'names a region twice'],
    [{ regions: REGIONS, primary: 'eu-west' }, '"eu-west" is none of "regions", which are us-east, eu-central'],
    [{ domain: 2, primary: 'us-east' }, 'is one of "regions", which are missing'],
  ])('refuses asynchronous: %j', (asynchronous, message) => {
    const { error } = GALERA_SETTINGS.safeParse({ asynchronous });
    expect(error?.issues.map((issue) => issue.message).join('\n')).toContain(message);
  });

  test('a database of Firesteel’s own, and the login of other regions, are nobody else’s', () => {
    for (const database of [{ name: 'Firesteel' }, { name: 'a', owner: 'replication' }])
      expect(GALERA_SETTINGS.safeParse({ databases: [database] }).success).toBe(false);
  });

  test('refuses a region that the plan doesn’t have, where the plan’s are known', () => {
    const fits = (regions?: readonly string[]) =>
      mariadbGalera.fits!({
        settings: at('usdb-0').settings,
        count: (role) => (role === 'mariadb-galera' ? 3 : 0),
        ...(regions && { regions }),
      });
    expect(fits(['us-east', 'ap-south'])).toBe(
      'asynchronous.regions names eu-central, which the plan does not have: its regions are us-east, ap-south',
    );
    expect(fits([])).toContain('it is in one region alone');
    expect(fits(REGIONS)).toBeUndefined();
    expect(fits()).toBeUndefined();
  });

  test('refuses a node of a region that is not in the list', () => {
    const nodes = [...NODES, nodeInfo('apdb-0', { roles: ['node', 'mariadb-galera'], region: 'ap-south' })];
    expect(() => mariadbConf(at('apdb-0', { regions: REGIONS }, nodes))).toThrow(
      'the region ap-south is not among them: put it at the end of the list',
    );
  });
});

describe('a group', () => {
  test('numbers its transactions by its place in the list, and says of itself neither that it leads nor follows', () => {
    const conf = (name: string, primary?: string) =>
      mariadbConf(at(name, { regions: REGIONS, ...(primary && { primary }) }));
    expect(conf('usdb-0')).toContain('wsrep_gtid_domain_id = 1\n');
    expect(conf('eudb-0')).toContain('wsrep_gtid_domain_id = 2\n');
    expect(conf('eudb-0')).toContain('read_only = ON\n');
    expect(conf('eudb-0', 'eu-central')).toBe(conf('eudb-0'));
    expect(mariadbConf(at('usdb-0', { domain: 1 }))).not.toContain('read_only');
  });

  test('a promotion restarts nothing on it', () => {
    const units = (primary: string) =>
      ['mariadb.service', 'galera-agent.service', 'galera-follow.service'].map((name) =>
        written(mariadbGalera, at('eudb-0', { regions: REGIONS, primary }), name),
      );
    expect(units('eu-central')).toEqual(units('us-east'));
  });

  test('knows the servers of all regions, and the primary', () => {
    const said = JSON.parse(fileText(mariadbGalera, at('eudb-1'), '/etc/mysql/firesteel/regions.json'));
    expect(said).toMatchObject({ own: 'eu-central', primary: 'us-east' });
    expect(said.regions).toEqual([
      { name: 'us-east', domain: 1, servers: expect.arrayContaining([{ name: 'usdb-0', address: '10.0.0.31' }]) },
      { name: 'eu-central', domain: 2, servers: expect.arrayContaining([{ name: 'eudb-2', address: '10.1.0.33' }]) },
    ]);
  });

  test('has databases made in the primary region alone', () => {
    expect(kinds(at('usdb-0'))).toContain('mariadb-objects databases and users');
    expect(kinds(at('usdb-1'))).not.toContain('mariadb-objects databases and users');
    expect(kinds(at('eudb-0'))).not.toContain('mariadb-objects databases and users');
    expect(kinds(at('eudb-0', { regions: REGIONS, primary: 'eu-central' }))).toContain(
      'mariadb-objects databases and users',
    );
  });

  test('lets other regions read, over TLS, and nothing else', () => {
    const { fact, changes } = galeraObjects(at('usdb-0'));
    const change = changes(fact.parse('')).find(({ description }) => description === 'let replication log in')!;
    expect(change.script).toContain('require ssl');
    expect(change.script.match(/grant [^\n]*;/g)).toEqual([
      expect.stringMatching(
        /^grant select, show view, trigger, event, replication slave, binlog monitor on \*\.\* to .*replication.*;$/,
      ),
    ]);
    expect(change.script).not.toContain(SECRET);
    const single = galeraObjects(at('usdb-0', { domain: 1 }));
    expect(JSON.stringify(single.changes(single.fact.parse('')))).not.toContain('replication');
  });

  test('its login for other regions is for itself alone to read', () => {
    const path = '/etc/mysql/firesteel/replication.cnf';
    expect(written(mariadbGalera, at('eudb-0'), path)).toMatch(/chmod -- '0640'/);
    expect(kinds(at('eudb-0', { domain: 1 }))).not.toContain(`file ${path}`);
  });

  test('is open to its like in other regions, where there are any', () => {
    const ports = (of: NodeContext) =>
      mariadbGalera.exposesFor!(of.settings).map(({ port, from, across }) => [port, from, across]);
    expect(ports(at('usdb-0'))).toEqual([[3306, [], ['mariadb-galera']]]);
    expect(ports(at('usdb-0', { domain: 1 }))).toEqual([]);
  });

  test.each(['galera-follow', 'galera-start', 'galera-forget'])('%s is a program that Python takes', (name) => {
    const text = fileText(mariadbGalera, at('usdb-0'), `/usr/local/lib/firesteel/${name}`);
    execFileSync('python3', ['-c', 'import sys; compile(sys.stdin.read(), "program", "exec")'], { input: text });
    expect(text).not.toMatch(/10\.[01]\.0\./);
  });
});

describe('what status says', () => {
  const probe = mariadbGalera.health!(at('eudb-0')).find(({ name }) => name === 'in step with the other regions')!;
  const said = (state: object) =>
    ask(probe, (script) =>
      script
        .replaceAll('/run/mysqld/region.json', '/dev/stdin')
        .replace(
          /python3 /,
          `printf %s '${JSON.stringify({ told: Math.floor(Date.now() / 1000), problem: null, ...state })}' | python3 `,
        ),
    );

  test('of who leads, and of who follows, that all is well', async () => {
    expect(await said({ phase: 'primary', writes: true })).toBe('');
    expect(await said({ phase: 'standby', writes: false, follower: 'eudb-1' })).toBe('');
  });

  test.each<[object, string]>([
    [{ phase: 'standby', writes: false, follower: null }, 'no node of the region replicates yet'],
    [{ phase: 'primary', writes: false }, 'its region primary'],
    [
      { phase: 'standby', follower: 'eudb-1', primary: 'eu-central' },
      'it has yet to see that us-east is to take writes',
    ],
    [{ phase: 'standby', problem: 'is 900 s behind us-east' }, 'is 900 s behind us-east'],
    [{ phase: 'primary', writes: true, told: 5 }, 'galera-follow.service says nothing for'],
    [
      { phase: 'diverged', problem: 'it has 1-1-101' },
      'it has 1-1-101. To give up what only this region has, begin it anew from a copy: "firesteel run dev --on ' +
        'eudb-0,eudb-1,eudb-2 --sudo -- /usr/local/lib/firesteel/galera-forget", then "firesteel configure dev"',
    ],
  ])('of %j why not', async (state, message) => {
    expect(await said(state)).toContain(message);
  });
});

describe('who leads', () => {
  interface Me {
    readonly position?: object;
    readonly received?: object;
    readonly applies?: boolean;
    readonly promotion?: readonly [number, string];
  }
  interface Around {
    readonly own?: string;
    readonly primary?: string;
    readonly chosen?: boolean;
    readonly alone?: boolean;
    readonly waited?: number;
    readonly givenUp?: boolean;
  }

  /** What a node does; of us-east, unless it is said. */
  function decide(me: Me, heard: Record<string, readonly object[]>, around: Around = {}): Record<string, unknown> {
    const { own = 'us-east', primary = 'us-east', chosen = true, alone = false, waited = 0, givenUp = false } = around;
    const others = REGIONS.filter((name) => name !== own);
    const input = JSON.stringify([
      { ready: true, position: {}, received: {}, applies: true, promotion: null, ...me },
      { own, primary, others },
      ...[heard, chosen, alone, waited, givenUp],
    ]);
    const code = `
import json, sys
${GALERA_SUCCESSION}
me, plan, heard, *rest = json.load(sys.stdin)
numbered = lambda position: {int(key): value for key, value in position.items()}
known = lambda state: {**state, 'position': numbered(state['position']), 'promotion': state['promotion'] and tuple(state['promotion'])}
me = {**known(me), 'received': numbered(me['received'])}
print(json.dumps(decide(me, plan, {name: [known(state) for state in states] for name, states in heard.items()}, *rest)))
`;
    return JSON.parse(execFileSync('python3', ['-c', code], { input, encoding: 'utf8' }));
  }
  const there = (position: object, promotion: readonly [number, string] | null, readOnly = true) => ({
    position,
    promotion,
    readOnly,
    ready: true,
  });
  const FIRST = [1, 'us-east'] as const;
  const SECOND = [2, 'eu-central'] as const;

  test('of a new cluster the primary, which writes that down once', () => {
    expect(decide({}, {})).toMatchObject({ write: false, claim: 1, phase: 'begins' });
    expect(decide({}, {}, { chosen: false })).toMatchObject({ write: false, claim: false });
    expect(decide({ promotion: FIRST }, { 'eu-central': [there({}, FIRST)] })).toMatchObject({
      write: true,
      claim: false,
    });
  });

  test('a standby replicates from the primary, whether that answers or not', () => {
    const around = { own: 'eu-central' };
    const expected = { write: false, follow: 'us-east', problem: null };
    expect(decide({ position: { 1: 7 } }, { 'us-east': [there({ 1: 9 }, FIRST, false)] }, around)).toMatchObject(
      expected,
    );
    expect(decide({ position: { 1: 7 } }, {}, around)).toMatchObject(expected);
  });

  test('a standby with transactions of its own does not', () => {
    const servers = [there({ 1: 100, 2: 3 }, SECOND, false), there({ 1: 99 }, SECOND, false)];
    const does = decide({ position: { 1: 104 } }, { 'eu-central': servers }, { primary: 'eu-central' });
    expect(does).toMatchObject({ write: false, follow: null, phase: 'diverged' });
    expect(does.problem).toContain('us-east has transactions that eu-central does not have, 1-1-101 to 1-1-104:');
  });

  test('a region that starts listens for one that was promoted, but not for ever', () => {
    const me = { promotion: FIRST };
    expect(decide(me, {}, { alone: true, waited: 10 })).toMatchObject({ write: false, phase: 'listens' });
    expect(decide(me, {}, { alone: true, waited: 61 })).toMatchObject({ write: true });
    expect(decide(me, {}, { alone: false })).toMatchObject({ write: true });
    expect(decide(me, { 'eu-central': [there({}, FIRST)] }, { alone: true })).toMatchObject({ write: true });
  });

  test('a region that was lost and comes back writes no more, whatever it was told before', () => {
    const promoted = { 'eu-central': [there({ 1: 100, 2: 1 }, SECOND, false)] };
    const subset = decide({ position: { 1: 100 }, promotion: FIRST }, promoted);
    expect(subset).toMatchObject({ write: false, follow: 'eu-central', claim: false });
    expect(subset.problem).toContain('is called primary, and eu-central, which was promoted, takes writes');
    expect(decide({ position: { 1: 102 }, promotion: FIRST }, promoted)).toMatchObject({
      ...{ write: false, follow: null, phase: 'diverged' },
      problem: expect.stringContaining('does not have, 1-1-101 to 1-1-102'),
    });
  });

  describe('a region that is promoted', () => {
    const around = { own: 'eu-central', primary: 'eu-central' };

    test('waits until the other one takes no writes, and has sent all', () => {
      const me = { position: { 1: 100 }, promotion: FIRST };
      const writing = decide(me, { 'us-east': [there({ 1: 100 }, FIRST), there({ 1: 100 }, FIRST, false)] }, around);
      expect(writing).toMatchObject({ write: false, claim: false, follow: 'us-east' });
      const behind = decide(me, { 'us-east': [there({ 1: 100 }, FIRST), there({ 1: 103 }, FIRST)] }, around);
      expect(behind).toMatchObject({ write: false, claim: false, follow: 'us-east' });
      expect(behind.problem).toContain('has yet to fetch 1-1-101 to 1-1-103');
      expect(decide(me, { 'us-east': [there({ 1: 100 }, FIRST)] }, around)).toMatchObject({
        write: false,
        claim: 2,
        follow: null,
      });
    });

    test('does not take over from one that is silent, unless an operator gives up the rest', () => {
      const me = { position: { 1: 100 }, received: { 1: 103 }, promotion: FIRST };
      expect(decide(me, {}, around)).toMatchObject({
        write: false,
        claim: false,
        problem: expect.stringContaining('--lost'),
      });
      const lost = { ...around, givenUp: true };
      expect(decide(me, {}, lost)).toMatchObject({ write: false, claim: false });
      expect(decide({ ...me, position: { 1: 103 } }, {}, lost)).toMatchObject({ claim: 2 });
      expect(decide({ ...me, applies: false }, {}, lost)).toMatchObject({ claim: 2 });
      expect(decide(me, {}, { ...lost, chosen: false })).toMatchObject({ claim: false });
    });

    test('goes on when the lost one comes back with more', () => {
      const me = { position: { 1: 100, 2: 1 }, promotion: SECOND };
      expect(decide(me, { 'us-east': [there({ 1: 105 }, FIRST, false)] }, around)).toMatchObject({ write: true });
    });
  });
});

describe('who acts for a group', () => {
  const member = (name: string, changes: object = {}) => ({ name, ready: true, follows: false, ...changes });

  function acting(group: readonly object[], whole: boolean): string | null {
    const code = `
import json, sys
${GALERA_SUCCESSION}
print(json.dumps(acting(*json.load(sys.stdin))))
`;
    return JSON.parse(
      execFileSync('python3', ['-c', code], { input: JSON.stringify([group, whole]), encoding: 'utf8' }),
    );
  }

  test('the first that is ready, when all are heard', () => {
    expect(acting([member('a', { ready: false }), member('b'), member('c')], true)).toBe('b');
    expect(acting([member('a'), member('b')], false)).toBeNull();
  });

  test('who does already, also when one before it comes back; of two the first', () => {
    expect(acting([member('a'), member('b', { follows: true })], false)).toBe('b');
    expect(acting([member('a', { follows: true }), member('b', { follows: true })], true)).toBe('a');
  });
});

describe('WordPress', () => {
  const defined = (of: NodeContext, name: string) =>
    new RegExp(`^define\\('${name}', (.*)\\);$`, 'm').exec(wordpressConf(of).reveal())?.[1];
  const site = (of: NodeContext) => operationsOf(wordpress, of).some(({ kind }) => kind === 'wordpress-site');

  test('is installed where the writes are', () => {
    expect(site(at('usweb-0'))).toBe(true);
    expect(site(at('euweb-0'))).toBe(false);
    expect(site(at('euweb-0', { regions: REGIONS, primary: 'eu-central' }))).toBe(true);
  });

  test('reads its own region’s database, and caches nothing that is written elsewhere', () => {
    expect(wordpressConf(at('euweb-0')).reveal()).toContain("'10.1.0.31' => 9200");
    expect(wordpressConf(at('euweb-0')).reveal()).not.toContain('10.0.0.');
    expect(defined(at('usweb-0'), 'FIRESTEEL_CACHE')).toBe("['10.0.0.51:11211']");
    expect(defined(at('usweb-0'), 'FIRESTEEL_STALE_CACHE')).toBe('[]');
    expect(defined(at('euweb-0'), 'FIRESTEEL_CACHE')).toBe('[]');
    expect(defined(at('euweb-0'), 'FIRESTEEL_STALE_CACHE')).toBe("['10.1.0.51:11211']");
  });

  test('does nothing from time to time where nothing can be written', () => {
    const service = fileText(wordpress, at('euweb-0'), '/etc/systemd/system/wordpress-cron.service');
    expect(service).toContain('ExecCondition=/usr/bin/php /usr/local/lib/firesteel/wordpress-writes.php\n');
  });
});
