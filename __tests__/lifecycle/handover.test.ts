import { handover } from '../../lifecycle/_handover';
import { parseRegionState, type RegionState } from '../../roles/galera/promotion';

const state = (changes: object = {}): RegionState =>
  parseRegionState(
    JSON.stringify({ told: 1, phase: 'standby', writes: false, problem: null, position: { 1: 100 }, ...changes }),
  );
const primary = (last = 100) => state({ phase: 'primary', writes: true, position: { 1: last } });
const states = (a: readonly RegionState[], b: readonly RegionState[], c: readonly RegionState[] = []) =>
  new Map([
    ['us-east', a],
    ['eu-central', b],
    ['ap-south', c],
  ]);
const promote = (...args: Parameters<typeof states>) => handover(states(...args), 'us-east', 'eu-central');

test('who takes writes and answers hands over, and nothing is lost', () => {
  expect(promote([primary(105)], [state()])).toMatchObject({ loses: false });
});

test.each<[string, RegionState[], RegionState[], RegionState[], string]>([
  [
    'one that is far behind',
    [primary()],
    [state({ problem: 'is 900 s behind us-east' })],
    [],
    'yet: is 900 s behind us-east',
  ],
  [
    'one of another history',
    [],
    [state({ phase: 'diverged', problem: 'it differs' })],
    [],
    "can't take over: it differs",
  ],
  [
    'one while another has more',
    [],
    [state()],
    [state({ position: { 1: 104 } })],
    'ap-south has transactions that eu-central',
  ],
])('refuses %s', (_what, a, b, c, message) => {
  expect(() => promote(a, b, c)).toThrow(message);
});

test.each<[string, object | undefined, string]>([
  ['nothing', undefined, 'up to 1-1-100; later ones are lost. How many there are is not known.'],
  ['another region', { region: 'ap-south', position: {}, heard: 1 }, 'is not known'],
  [
    'that it had no more',
    { region: 'us-east', position: { 1: 100 }, heard: 0 },
    'at 1970-01-01T00:00:00.000Z, it had nothing more.',
  ],
  ['that it had one more', { region: 'us-east', position: { 1: 101 }, heard: 0 }, 'it had 1 transaction more.'],
])('of a lost region %s is known', (_what, lead, message) => {
  const { loses, text } = promote([state({ phase: 'not ready' })], [state(), state({ ...(lead && { lead }) })]);
  expect(loses).toBe(true);
  expect(text).toContain(message);
});

test('a program on the nodes that has heard of nobody yet says nothing of that', () => {
  expect(state({ lead: {} }).lead).toBeUndefined();
});
