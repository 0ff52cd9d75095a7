import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY_REGISTER, readRegister, updateRegister, writeRegister } from '../../plan/node-register';

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
