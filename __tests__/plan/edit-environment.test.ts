import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type SetCountOptions, scalableGroup, setCount, setWord } from '../../plan/edit-environment';
import { type ClusterEnvironment, loadEnvironment } from '../../plan/load-environments';
import { PlanError } from '../../plan/plan-error';
import { DEV, project } from './_project';

function load(yaml: string, register?: object): ClusterEnvironment {
  const files = { 'dev.yaml': yaml, ...(register && { 'dev.nodes.json': JSON.stringify(register) }) };
  const environment = loadEnvironment(project(files), 'dev');
  if (environment.kind !== 'cluster') throw new Error('dev is a cluster');
  return environment;
}

/** The file after a change of its count. */
function edited(yaml: string, word: string, count: number, options?: SetCountOptions): string {
  const environment = load(yaml);
  setCount(environment, word, count, options);
  return readFileSync(environment.file, 'utf8');
}

function refusal(yaml: string, word = 'workers', count = 5): string {
  const environment = load(yaml);
  try {
    setCount(environment, word, count);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    expect(readFileSync(environment.file, 'utf8')).toBe(yaml);
    return error.message.replace(/^\S*dev\.yaml:/, '');
  }
  throw new Error('it was changed');
}

/** Two masters need a ZooKeeper to be valid. */
const HA = `spark:
  conf: { spark.deploy.recoveryMode: ZOOKEEPER, spark.deploy.zookeeper.url: "z:2181" }
`;

describe('setCount', () => {
  test.each<[what: string, yaml: string, from: string, to: string]>([
    ['a plain number', DEV, 'count: 2\n', 'count: 5\n'],
    ['one with a comment', DEV.replace('count: 2', 'count:   2   # as many as pay'), ':   2   #', ':   5   #'],
    ['one in a flow map', DEV.replace(/workers:.*/s, 'workers: { count: 2 , flavor: "m1.small", }\n'), '2 ,', '5 ,'],
    ['one of another spelling', DEV.replace('count: 2', 'count: 0x2'), '0x2', '5'],
    ['one with a tag', DEV.replace('count: 2', '"count": !!int 2'), '!!int 2', '!!int 5'],
    ['one with an anchor that nothing uses', DEV.replace('count: 2', 'count: &n 2'), '&n 2', '&n 5'],
    ['one without an end of line', DEV.trimEnd(), 'count: 2', 'count: 5'],
    ['one behind a byte order mark', `\uFEFF${DEV}`, 'count: 2', 'count: 5'],
    ['a file of Windows', DEV.replaceAll('\n', '\r\n'), 'count: 2', 'count: 5'],
  ])('changes %s, and nothing else', (_what, yaml, from, to) => {
    expect(yaml).toContain(from);
    expect(edited(yaml, 'workers', 5)).toBe(yaml.replace(from, to));
  });

  test('keeps comments, order, quotes and empty lines of a long file', () => {
    const yaml = `# ours
kind: 'spark'   # a kind

image:   "debian-12"
workers:
    # many
    count: 10
    flavor: m1.small   # small
master: {flavor: m1.small,count: 1}

${HA}`;
    expect(edited(yaml, 'worker', 9)).toBe(yaml.replace('count: 10', 'count: 9'));
    expect(edited(yaml, 'masters', 3)).toBe(yaml.replace('count: 1}', 'count: 3}'));
  });

  test.each<[what: string, yaml: string, from: string, to: string]>([
    ['a section', `${DEV}${HA}`, 'flavor: m1.small\nworkers', 'flavor: m1.small\n  count: 3\nworkers'],
    [
      'a section with comments',
      `${DEV.replace('flavor: m1.small', '# big\n  flavor: m1.small # or more\n  # last')}${HA}`,
      '# or more\n',
      '# or more\n  count: 3\n',
    ],
    [
      'a flow map',
      `${DEV.replace('\n  flavor: m1.small\nw', ' { flavor: m1.small }\nw')}${HA}`,
      'small }',
      'small, count: 3 }',
    ],
    [
      'a section that begins with a list',
      `${DEV.replace('flavor', 'volumes:\n    - { name: a, sizeGiB: 1, mount: /a }\n  flavor')}${HA}`,
      'volumes:\n',
      'count: 3\n  volumes:\n',
    ],
    [
      'a section that begins with text of several lines',
      `${DEV.replace('flavor: m1.small', 'flavor: |-\n    m1.small\n  image: x')}${HA}`,
      'flavor: |',
      'count: 3\n  flavor: |',
    ],
    ['a file of Windows', `${DEV}${HA}`.replaceAll('\n', '\r\n'), 'm1.small\r\nw', 'm1.small\r\n  count: 3\r\nw'],
    [
      'the end of a file',
      `kind: spark\nimage: debian-12\nworkers: { flavor: m1.small, count: 2 }\n${HA}master:\n  flavor: m1.small`,
      'master:\n  flavor: m1.small',
      'master:\n  flavor: m1.small\n  count: 3',
    ],
  ])('adds the masters to %s that has no count', (_what, yaml, from, to) => {
    expect(yaml).toContain(from);
    expect(edited(yaml, 'masters', 3)).toBe(yaml.replace(from, to));
  });

  test.each<[what: string, yaml: string, message: RegExp]>([
    [
      'a count that is an alias',
      `${DEV.replace('count: 2', 'count: *n')}`.replace('m1.small', 'm1.small\n  count: &n 1'),
      /^8:10: workers\.count: is "\*n": a change here would change other places too/,
    ],
    [
      'a count that others use',
      `${DEV.replace('count: 2', 'count: &n 2\n  volumes: [{ name: a, sizeGiB: *n, mount: /a }]')}`,
      /^7:13: workers\.count: is what "\*n" stands for elsewhere/,
    ],
    [
      'a section that is an alias',
      'kind: spark\nimage: debian-12\nmaster: &m { flavor: m1.small, count: 1 }\nworkers: *m\n',
      /^4:10: workers: is "\*m"/,
    ],
    [
      'a section that another is',
      'kind: spark\nimage: debian-12\nworkers: &m { flavor: m1.small, count: 1 }\nmaster: *m\n',
      /^3:13: workers: is what "\*m" stands for elsewhere/,
    ],
    [
      'a count that is merged from elsewhere',
      '%YAML 1.1\n---\nkind: spark\nimage: debian-12\nmaster: &m { flavor: m1.small, count: 1 }\nworkers:\n  <<: *m\n',
      /^7:3: workers\.count: comes from a merge \("<<"\): write it out in this section$/,
    ],
  ])('refuses %s, and leaves the file alone', (_what, yaml, message) => {
    expect(refusal(yaml)).toMatch(message);
  });

  test('writes nothing where the number stands already', () => {
    const environment = load(DEV);
    const before = statSync(environment.file);
    expect(setCount(environment, 'workers', 2)).toBe(false);
    expect(statSync(environment.file).ino).toBe(before.ino);
    expect(setCount(environment, 'workers', 3)).toBe(true);
  });

  test('keeps the mode of the file, leaves nothing beside it, and follows a link', () => {
    const environment = load(DEV);
    const there = join(dirname(environment.file), 'real.txt');
    renameSync(environment.file, there);
    chmodSync(there, 0o640);
    symlinkSync('real.txt', environment.file);

    setCount(environment, 'workers', 7);

    expect(lstatSync(environment.file).isSymbolicLink()).toBe(true);
    expect(statSync(there).mode & 0o777).toBe(0o640);
    expect(readFileSync(there, 'utf8')).toContain('count: 7');
    expect(readdirSync(dirname(there)).sort()).toEqual(['dev.yaml', 'real.txt']);
  });

  test('what is loaded again has the number', () => {
    const environment = load(DEV);
    setCount(environment, 'workers', 4);
    const again = loadEnvironment(dirname(dirname(environment.file)), 'dev');
    expect(again.kind === 'cluster' && again.plan.groups[1]?.numbers).toEqual([0, 1, 2, 3]);
  });

  test('refuses a word that means no group, and says which do', () => {
    expect(() => scalableGroup(load(DEV), 'wrokers')).toThrow(
      'dev has no "wrokers" whose number can be changed (did you mean "workers"?): there are workers, worker, masters, master',
    );
    expect(() => scalableGroup(load(DEV), 'toString')).toThrow('dev has no "toString"');
  });
});

describe('lists that speak of nodes one by one lose those that go', () => {
  const list = (text: string) => DEV.replace('count: 2', `count: 3\n  addresses: ${text}`);

  test.each<[what: string, before: string, leaving: number[] | undefined, after: string]>([
    ['the last', '[10.77.0.21, 10.77.0.22, 10.77.0.23]', undefined, '[10.77.0.21, 10.77.0.22]'],
    ['the first', '[10.77.0.21, 10.77.0.22, 10.77.0.23]', [0], '[10.77.0.22, 10.77.0.23]'],
    ['the middle', '[ "10.77.0.21", 10.77.0.22 , 10.77.0.23, ]', [1], '[ "10.77.0.21", 10.77.0.23, ]'],
    ['one that the list does not reach', '[10.77.0.21]', [2], '[10.77.0.21]'],
    ['the only one', '[ 10.77.0.21 ]', [0], '[]'],
    [
      'a line of a list',
      '# ours\n    - 10.77.0.21 # a\n    # next\n    - "10.77.0.22" # b\n    - 10.77.0.23 # c',
      [1],
      '# ours\n    - 10.77.0.21 # a\n    # next\n    - 10.77.0.23 # c',
    ],
    ['the only line', '# ours\n  - 10.77.0.21 # a', [0], '# ours\n    [] # a'],
  ])('%s', (_what, before, leaving, after) => {
    const result = edited(list(before), 'workers', 2, leaving && { leaving });
    expect(result).toBe(list(after).replace('count: 3', 'count: 2'));
  });

  test('by the numbers that the register has', () => {
    const register = { version: 1, groups: { worker: { next: 6, nodes: [0, 3, 5] } } };
    const environment = load(list('[10.77.0.21, 10.77.0.22, 10.77.0.23]'), register);
    setCount(environment, 'workers', 2, { leaving: [3] });
    expect(readFileSync(environment.file, 'utf8')).toContain('addresses: [10.77.0.21, 10.77.0.23]');
  });

  test('of all kinds at once', () => {
    const yaml = `kind: spark
image: debian-12
master: { flavor: m, count: 2, floatingIp: [203.0.113.10, new], addresses: [10.77.0.5, 10.77.0.6] }
workers: { flavor: m, count: 1 }
${HA}`;
    expect(edited(yaml, 'master', 1, { leaving: [0] })).toBe(
      yaml.replace(/count: 2.*}/, 'count: 1, floatingIp: [new], addresses: [10.77.0.6] }'),
    );
  });

  test('refuses a list that is another one too', () => {
    const yaml = `kind: spark
image: debian-12
python: { packages: &l [] }
master: { flavor: m }
workers: { flavor: m, count: 2, addresses: *l }
`;
    expect(refusal(yaml, 'workers', 1)).toMatch(/^5:44: workers\.addresses: is "\*l"/);
  });

  test('nothing is lost where nodes are added', () => {
    const yaml = list('[10.77.0.21]');
    expect(edited(yaml, 'workers', 9)).toBe(yaml.replace('count: 3', 'count: 9'));
  });
});

test('a file that changes while it is read is read as it is', () => {
  const environment = load(DEV);
  writeFileSync(environment.file, `# new\n${DEV}`);
  setCount(environment, 'workers', 3);
  expect(readFileSync(environment.file, 'utf8')).toBe(`# new\n${DEV.replace('count: 2', 'count: 3')}`);
});

describe('setWord', () => {
  const PATH = ['settings', 'mariadb-galera', 'asynchronous', 'primary'];
  const plan = (settings: string, names = ['us-east', 'eu-central']): string => `kind: cluster
image: debian-12
regions:
${names.map((name, index) => `  "${name}": { common: common, templates: [site], prefix: r${index} }`).join('\n')}
regionTemplates: { site: { groups: { db: { flavor: m1.small, roles: [mariadb-galera] } } } }
settings:
${settings}`;
  const regions = 'regions: [us-east, eu-central]';

  function withWord(yaml: string, word = 'eu-central'): string {
    const environment = load(yaml);
    expect(setWord(environment, PATH, word)).toBe(true);
    return readFileSync(environment.file, 'utf8');
  }

  test.each<[what: string, yaml: string, from: string, to: string]>([
    [
      'a plain word',
      plan(`  mariadb-galera:\n    asynchronous:\n      primary: us-east # where most are\n      ${regions}\n`),
      ...(['primary: us-east #', 'primary: eu-central #'] as const),
    ],
    [
      'one in quotes',
      plan(`  mariadb-galera: { asynchronous: { ${regions}, "primary": 'us-east' } }\n`),
      ...(["'us-east'", "'eu-central'"] as const),
    ],
    [
      'none, in a block',
      plan(`  mariadb-galera:\n    asynchronous:\n      ${regions}\n      keepDays: 3 # enough\n`),
      ...(['      regions', '      primary: eu-central\n      regions'] as const),
    ],
    [
      'none, in one line',
      plan(`  mariadb-galera: { asynchronous: { ${regions} } }\n`),
      ...(['eu-central] }', 'eu-central], primary: eu-central }'] as const),
    ],
  ])('changes %s, and nothing else', (_what, yaml, from, to) => {
    expect(withWord(yaml)).toBe(yaml.replace(from, to));
  });

  test('a word that would be something else in YAML gets quotes', () => {
    const yaml = plan('  mariadb-galera: { asynchronous: { regions: ["1", "2"], primary: "1" } }\n', ['1', '2']);
    expect(withWord(yaml, '2')).toBe(yaml.replace('primary: "1"', 'primary: "2"'));
    const bare = plan('  mariadb-galera: { asynchronous: { regions: ["1", "2"] } }\n', ['1', '2']);
    expect(withWord(bare, '2')).toContain(', primary: "2" }');
  });
});
