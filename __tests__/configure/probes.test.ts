import { awaitHealth } from '../../configure/await-health';
import { probe } from '../../configure/probes';
import { LocalTransport } from './_local-transport';

jest.setTimeout(60_000); // real programs, and the machine may be busy

let machine: LocalTransport;
beforeEach(() => {
  machine = new LocalTransport();
});
afterEach(() => machine.dispose());

const ill = { name: 'ill', script: 'echo asked >> log; echo sick; exit 1' };
const well = { name: 'well', script: 'echo asked >> log' };

test('all problems of all roles are told, in one round trip', async () => {
  const roles = [
    { role: 'a', probes: [ill, well, { name: 'silent', script: 'exit 7' }] },
    { role: 'none', probes: [] },
    { role: 'b', probes: [{ name: 'two lines', script: 'echo one; echo " two"; exit 1' }] },
  ];
  expect(await probe(machine, roles)).toEqual([
    { role: 'a', ok: false, problems: ['ill: sick', 'silent: exit status 7'] },
    { role: 'none', ok: true, problems: [] },
    { role: 'b', ok: false, problems: ['two lines: one; two'] },
  ]);
  expect(machine.reads).toHaveLength(1);
});

test('where the first problem is enough, a role is asked no further, and the next one is', async () => {
  const roles = [
    { role: 'a', probes: [well, ill, { name: 'never', script: 'touch never' }] },
    { role: 'none', probes: [] },
    { role: 'b', probes: [well] },
  ];
  expect(await probe(machine, roles, { firstProblemOnly: true })).toEqual([
    { role: 'a', ok: false, problems: ['ill: sick'] },
    { role: 'none', ok: true, problems: [] },
    { role: 'b', ok: true, problems: [] },
  ]);
  expect(await machine.read('cat log; ls')).toBe('asked\nasked\nasked\nlog\n');
});

test('no probes are no round trip', async () => {
  expect(await probe(machine, [{ role: 'a', probes: [] }])).toEqual([{ role: 'a', ok: true, problems: [] }]);
  expect(machine.reads).toHaveLength(0);
});

test('roles that are well are not asked again while others are waited for', async () => {
  const healthy: string[] = [];
  const counted = { role: 'well', probes: [well] };
  const slow = {
    role: 'slow',
    probes: [{ name: 'unit', script: 'echo x >> count; [ "$(wc -l < count)" -ge 3 ] || { echo starting; exit 1; }' }],
  };
  const waiting: string[] = [];
  const left = await awaitHealth(machine, [counted, slow], {
    withinSeconds: 20,
    onHealthy: (role) => healthy.push(role),
    onWaiting: (problems) => waiting.push(problems),
  });
  expect(left).toEqual([]);
  expect(healthy).toEqual(['well', 'slow']);
  expect(waiting).toEqual(['slow: unit: starting']);
  expect(await machine.read('cat log')).toBe('asked\n');
});

test('what is not well in time is told', async () => {
  const left = await awaitHealth(machine, [{ role: 'a', probes: [ill] }], {
    withinSeconds: 0.3,
    onHealthy: () => undefined,
  });
  expect(left).toEqual([{ role: 'a', ok: false, problems: ['ill: sick'] }]);
});
