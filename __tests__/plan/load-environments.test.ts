import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { environmentNames, loadEnvironment, loadEnvironments } from '../../plan/load-environments';
import { PlanError } from '../../plan/plan-error';
import { COMMON, DEV, project } from './_project';

describe('loadEnvironments', () => {
  test('reads every file of environments/ in alphabetical order', () => {
    const dir = project({ 'dev.yaml': DEV, 'common.yaml': COMMON, 'README.md': '' });

    expect(environmentNames(dir)).toEqual(['common', 'dev']);
    expect(loadEnvironments(dir).map(({ name, kind }) => `${name} ${kind}`)).toEqual(['common common', 'dev cluster']);
  });

  test('gives a Spark plan its defaults', () => {
    const environment = loadEnvironment(project({ 'dev.yaml': DEV }), 'dev');

    if (environment.kind !== 'cluster') throw new Error('dev is a cluster');
    expect(
      environment.plan.groups.map(({ name, numbers, floatingIps, placement }) => [
        name,
        numbers,
        floatingIps,
        placement,
      ]),
    ).toEqual([
      ['master', [0], 'new', 'spread'],
      ['worker', [0, 1], 'none', 'spread'],
    ]);
    expect(environment.plan.timeouts).toEqual({
      serverSeconds: 600,
      sshSeconds: 300,
      cloudInitSeconds: 600,
      healthSeconds: 180,
    });
    expect(environment.register.groups).toEqual({
      master: { next: 1, nodes: [0] },
      worker: { next: 2, nodes: [0, 1] },
    });
  });

  test('the masters are the way in, unless there is a bastion', () => {
    const roles = (yaml: string) => {
      const environment = loadEnvironment(project({ 'dev.yaml': yaml }), 'dev');
      if (environment.kind !== 'cluster') throw new Error('dev is a cluster');
      return Object.fromEntries(
        environment.plan.groups.map(({ name, roles, floatingIps }) => [
          name,
          [...roles.map((r) => r.name), floatingIps],
        ]),
      );
    };

    expect(roles(DEV).master).toEqual(['node', 'bastion', 'spark-master', 'spark-history', 'new']);
    expect(roles(`${DEV}bastion: { flavor: m1.tiny }\n`)).toMatchObject({
      bastion: ['node', 'bastion', 'new'],
      master: ['node', 'spark-master', 'spark-history', 'none'],
    });
  });

  test('refuses an environment that is not there, and says which are', () => {
    expect(() => loadEnvironment(project({ 'dev.yaml': DEV, 'common.yaml': COMMON }), 'dve')).toThrow(
      'no environment "dve" (did you mean "dev"?): there are common, dev',
    );
  });

  test.each(['dev.yaml', 'environments/dev.yaml', 'environments/dev'])(
    'refuses %s, and says what was meant',
    (name) => {
      expect(() => loadEnvironment(project({ 'dev.yaml': DEV, 'common.yaml': COMMON }), name)).toThrow(
        `no environment "${name}" (did you mean "dev"?)`,
      );
    },
  );

  test('refuses a folder and a broken link, and names them', () => {
    const dir = project({});
    mkdirSync(join(dir, 'environments', 'bad.yaml'));
    symlinkSync('nowhere', join(dir, 'environments', 'gone.yaml'));

    expect(() => loadEnvironments(dir)).toThrow(PlanError);
    expect(() => loadEnvironments(dir)).toThrow(
      /bad\.yaml: is a folder: an environment is a file\n\S+gone\.yaml: is a link to a file that is not there$/,
    );
  });

  test('refuses two files of one environment, and names both', () => {
    const dir = project({ 'common.yaml': COMMON, 'dev.yaml': DEV, 'dev.yml': DEV });

    expect(environmentNames(dir)).toEqual(['common', 'dev']);
    expect(() => loadEnvironments(dir)).toThrow(/dev\.yaml and \S+dev\.yml are both environment "dev": keep one$/);
  });

  test('refuses a common environment that is not there, and tells the issues of all files', () => {
    expect(() => loadEnvironments(project({ 'dev.yaml': `common: comon\n${DEV}`, 'common.yaml': COMMON }))).toThrow(
      /dev\.yaml:1:9: common: no common environment "comon" \(did you mean "common"\?\)/,
    );
    const broken = project({
      'dev.yaml': DEV.replace('count: 2', 'count: 0'),
      'common.yaml': COMMON.replace('203.0.113.0/24', 'home'),
    });
    expect(() => loadEnvironments(broken)).toThrow(
      /common\.yaml:4:10: access\.0: "home" is no address range[\s\S]*dev\.yaml:7:10: workers\.count: must be at least 1, got 0/,
    );
  });
});

test('the register says which nodes exist: a gap stays, a new node takes the next number', () => {
  const dir = project({ 'dev.yaml': DEV.replace('count: 2', 'count: 3') });
  const register = { version: 1, groups: { worker: { next: 5, nodes: [0, 3] } } };
  writeFileSync(join(dir, 'environments', 'dev.nodes.json'), JSON.stringify(register));

  const environment = loadEnvironment(dir, 'dev');

  if (environment.kind !== 'cluster') throw new Error('dev is a cluster');
  expect(environment.plan.groups[1]?.numbers).toEqual([0, 3, 5]);
  expect(environment.register.groups.worker).toEqual({ next: 6, nodes: [0, 3, 5] });
});
