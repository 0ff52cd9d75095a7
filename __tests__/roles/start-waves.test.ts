import { startWaves, waveOf, wavesOf } from '../../roles/start-waves';

const role = (name: string, ...after: string[]) => ({ name, after });
const whole = (name: string, ...after: string[]) => ({ ...role(name, ...after), summary: '', exposes: [] });
const names = (roles: readonly { name: string; after?: string[] }[]) =>
  startWaves(roles).map((wave) => wave.map(({ name }) => name));

test('a role starts one wave after the last of those it starts after', () => {
  expect(
    names([
      role('worker', 'master'),
      role('node'),
      role('master', 'zookeeper'),
      role('zookeeper'),
      role('web', 'worker', 'node'),
    ]),
  ).toEqual([['node', 'zookeeper'], ['master'], ['worker'], ['web']]);
});

test('all roles that wait for nothing start at once', () => {
  expect(names([role('a'), { name: 'b' }])).toEqual([['a', 'b']]);
});

test('a role that nobody in the cluster has is not waited for', () => {
  expect(names([role('worker', 'zookeeper')])).toEqual([['worker']]);
});

test('no roles are no waves', () => {
  expect(startWaves([])).toEqual([]);
});

test('fails by the names of the roles that wait for each other', () => {
  expect(() =>
    startWaves([role('free'), role('x', 'a'), role('a', 'b'), role('b', 'c'), role('c', 'free', 'a')]),
  ).toThrow('in a circle: a → b → c → a');
  expect(() => startWaves([role('own', 'own')])).toThrow('in a circle: own → own');
});

test('a role is in one wave; one that is in none comes after all', () => {
  const waves = wavesOf([{ roles: [whole('worker', 'master'), whole('master')] }, { roles: [whole('master')] }]);
  expect(['master', 'worker', 'stranger'].map((name) => waveOf(whole(name), waves))).toEqual([0, 1, 2]);
});
