import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  EMPTY_REGISTER,
  readRegister,
  updateRegister,
  withoutNodes,
  withRest,
  writeRegister,
} from '../../plan/node-register';

const file = () => join(mkdtempSync(join(tmpdir(), 'firesteel-register-')), 'dev.nodes.json');

test('numbers are never used again', () => {
  const three = updateRegister(EMPTY_REGISTER, { worker: 3 });
  const one = updateRegister(three, { worker: 1 });
  const two = updateRegister(one, { worker: 2 });

  expect([three, one, two].map((register) => register.groups.worker)).toEqual([
    { next: 3, nodes: [0, 1, 2] },
    { next: 3, nodes: [0] },
    { next: 4, nodes: [0, 3] },
  ]);
});

test('any node can go, and takes what is said of it with it', () => {
  const three = withRest(updateRegister(EMPTY_REGISTER, { worker: 3 }), 'worker', [1, 2], 'off');

  expect(withoutNodes(three, 'worker', [1]).groups.worker).toEqual({ next: 3, nodes: [0, 2], resting: { '2': 'off' } });
  expect(withoutNodes(three, 'worker', [1, 2]).groups.worker).toEqual({ next: 3, nodes: [0] });
  expect(updateRegister(three, { worker: 2 }).groups.worker).toEqual({
    next: 3,
    nodes: [0, 1],
    resting: { '1': 'off' },
  });
  expect(withoutNodes(three, 'master', [0])).toEqual(three);
});

test('nodes rest until they are to work again, and the others are not meant', () => {
  const two = updateRegister(EMPTY_REGISTER, { worker: 2 });
  const off = withRest(withRest(two, 'worker', [0], 'off'), 'worker', [1], 'stopped');

  expect(off.groups.worker?.resting).toEqual({ '0': 'off', '1': 'stopped' });
  expect(withRest(off, 'worker', [0], 'stopped').groups.worker?.resting).toEqual({ '0': 'stopped', '1': 'stopped' });
  expect(withRest(off, 'worker', [0, 1], undefined)).toEqual(two);
});

test('what is written is read again, and a file that is not there is an empty register', () => {
  const path = file();
  expect(readRegister(path)).toEqual(EMPTY_REGISTER);

  const register = updateRegister(EMPTY_REGISTER, { master: 1 });
  writeRegister(path, register);

  expect(readRegister(path)).toEqual(register);
  expect(readFileSync(path, 'utf8').endsWith('}\n')).toBe(true);
});

test.each([
  ['half a file', '{"version": 1, "gro'],
  ['another version', '{"version": 2, "groups": {}}'],
  ['a node twice', '{"version": 1, "groups": {"worker": {"next": 2, "nodes": [1, 1]}}}'],
  ['a node that is not below next', '{"version": 1, "groups": {"worker": {"next": 1, "nodes": [1]}}}'],
])('refuses %s', (_what, text) => {
  const path = file();
  writeFileSync(path, text);

  expect(() => readRegister(path)).toThrow(/dev\.nodes\.json: is no node register: .*version control/s);
});
