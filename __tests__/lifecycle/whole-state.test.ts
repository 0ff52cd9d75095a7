import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { tryReadLocalState, whileKeptWhole } from '../../lifecycle/terraform-state';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firesteel-state-'));
  mkdirSync(join(dir, 'stack'));
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = () => join(dir, 'terraform.dev.tfstate');
const copy = () => join(dir, 'stack', 'firesteel.tfstate');
const stack = () => ({
  name: 'dev',
  dir: join(dir, 'stack'),
  dependencies: [],
  config: { terraform: { backend: { local: { path: file() } } } },
});
const state = (serial: number) => JSON.stringify({ version: 4, serial, lineage: 'l', outputs: {}, resources: [] });
const serial = () => tryReadLocalState(stack())?.version?.serial;

test('a file that Terraform has made and not yet written is a state that holds nothing', () => {
  writeFileSync(file(), '');

  expect(tryReadLocalState(stack())).toEqual({ outputs: {}, resources: [] });
});

test('a file that was left empty gets back what the run was known to have made, and stays whole', () => {
  writeFileSync(`${file()}.backup`, state(3));
  writeFileSync(copy(), state(7));
  writeFileSync(file(), '');

  expect(serial()).toBe(7);
  expect(readFileSync(file(), 'utf8')).toBe(state(7));
});

test('without a copy of ours it gets back what was there before the run', () => {
  writeFileSync(`${file()}.backup`, state(3));
  writeFileSync(file(), '');

  expect(serial()).toBe(3);
});

test('a whole file is left alone, whatever else is there', () => {
  writeFileSync(copy(), state(7));
  writeFileSync(file(), state(8));

  expect(serial()).toBe(8);
});

test('fails with what to do where a file was damaged by others, and changes nothing', () => {
  writeFileSync(`${file()}.backup`, state(3));
  writeFileSync(file(), '<<<<<<< HEAD');

  expect(() => tryReadLocalState(stack())).toThrow(/terraform\.dev\.tfstate is damaged.*put back what it was, from/);
  expect(readFileSync(file(), 'utf8')).toBe('<<<<<<< HEAD');
});

test('while Terraform applies there is a copy of the last state that was whole, for its owner only', async () => {
  writeFileSync(file(), state(1));

  await whileKeptWhole(stack(), async () => {
    writeFileSync(file(), state(2));
    while (!existsSync(copy()) || readFileSync(copy(), 'utf8') !== state(2)) await sleep(5);
    expect(statSync(copy()).mode & 0o777).toBe(0o600);
    writeFileSync(file(), ''); // here Terraform is killed
  });

  expect(readFileSync(file(), 'utf8')).toBe(state(2));
  expect(existsSync(copy())).toBe(false);
});
