import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InventoryRecord } from '../../inventory/inventory';
import { JsonInventory } from '../../inventory/json-inventory';
import { deployedNode } from '../_ssh-node';

describe('JsonInventory', () => {
  let project: string;
  let folder: string;
  const record: InventoryRecord = {
    version: 1,
    environment: 'dev',
    cluster: { version: 1, environment: 'dev', planDigest: 'abc', nodes: [deployedNode('master-0')] },
    hostKeys: { 'server-of-master-0': [{ type: 'ssh-ed25519', key: 'AAAA', source: 'console' }] },
  };

  beforeEach(() => {
    project = mkdtempSync(join(tmpdir(), 'firesteel-test-'));
    folder = join(project, '.firesteel');
  });
  afterEach(() => rmSync(project, { recursive: true, force: true }));

  test('reads what was written, and nothing where nothing is known', async () => {
    const inventory = new JsonInventory(folder);
    expect(await inventory.read('dev')).toBeUndefined();
    expect(await inventory.list()).toEqual([]);
    await inventory.write(record);
    expect(await new JsonInventory(folder).read('dev')).toEqual(record);
  });

  test('lists and removes environments', async () => {
    const inventory = new JsonInventory(folder);
    await inventory.write(record);
    await inventory.write({ ...record, environment: 'b-2' });
    writeFileSync(join(folder, 'dev.ssh_config'), '');
    expect(await inventory.list()).toEqual(['b-2', 'dev']);
    await inventory.remove('dev');
    await inventory.remove('dev');
    expect(await inventory.list()).toEqual(['b-2']);
  });

  test('is for its owner only, and leaves no temporary files', async () => {
    const inventory = new JsonInventory(folder);
    await Promise.all([1, 2, 3].map(() => inventory.write(record)));
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'dev.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(folder)).toEqual(['dev.json']);
  });

  test.each([
    ['no JSON', '{', /dev\.json is damaged: .*Next: remove it and run `firesteel configure dev`/],
    ['something else', '{"version":2}', /dev\.json is damaged: version: .*; environment: /],
    [
      'another environment',
      JSON.stringify({ ...record, environment: 'test' }),
      /dev\.json is damaged: it is about test/,
    ],
  ])('refuses a file that holds %s', async (_, text, message) => {
    const inventory = new JsonInventory(folder);
    await inventory.write(record);
    writeFileSync(join(folder, 'dev.json'), text);
    await expect(inventory.read('dev')).rejects.toThrow(message);
  });

  test('refuses a name that would lead elsewhere', async () => {
    await expect(new JsonInventory(folder).read('../dev')).rejects.toThrow(`"../dev" is no environment's name`);
  });
});
