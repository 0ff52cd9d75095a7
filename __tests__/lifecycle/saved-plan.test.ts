import { mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StalePlanError } from '../../lifecycle/errors';
import { SavedPlans } from '../../lifecycle/saved-plan';

let dir: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'firesteel-plans-'));
});

afterEach(() => rmSync(dir, { recursive: true }));

function saved(environment = 'dev') {
  const plans = new SavedPlans(dir, environment);
  writeFileSync(plans.file('update'), "Terraform's own");
  const plan = plans.write({
    environment,
    goal: 'update',
    created: '2026-11-28T12:00:00.000Z',
    by: 'ada@laptop',
    digests: { stack: 's', plan: {}, roles: {} },
    empty: false,
    changes: [],
    drift: [],
    strangers: [],
    nodes: [],
    leaving: [],
    losses: [],
    interrupted: false,
  });
  return { plans, plan };
}

describe('a saved plan', () => {
  test('is read as it was written, for its owner only', () => {
    const { plans, plan } = saved();

    expect(plans.read('update')).toEqual(plan);
    expect(plans.read('destroy')).toBeUndefined();
    expect(statSync(join(dir, 'plans', 'dev', 'update.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(dir, 'plans', 'dev')).mode & 0o777).toBe(0o700);
    expect(readFileSync(join(dir, '.gitignore'), 'utf8')).toBe('*\n');
  });

  test('remembers that it was begun, and since when', () => {
    const { plans, plan } = saved();

    plans.begin(plan);
    const begun = plans.read('update')!;
    plans.begin(begun);

    expect(begun.begun).toMatch(/^\d{4}-/);
    expect(plans.read('update')).toEqual(begun);
  });

  test.each([
    ['without its record', 'is only half written', () => rmSync(record())],
    ['with a torn record', 'is damaged', () => writeFileSync(record(), readFileSync(record(), 'utf8').slice(0, -20))],
    ["with another of Terraform's", 'is not whole', () => writeFileSync(file(), 'another')],
    ["without Terraform's", 'is not whole', () => rmSync(file())],
  ])('refuses one %s', (_what, why, harm) => {
    const { plans } = saved();
    harm();

    expect(() => plans.read('update')).toThrow(StalePlanError);
    expect(() => plans.read('update')).toThrow(why);
    expect(() => plans.read('update')).toThrow('firesteel plan dev --to update');
  });

  test("refuses another environment's", () => {
    saved('prod');
    renameSync(join(dir, 'plans', 'prod'), join(dir, 'plans', 'dev'));

    expect(() => new SavedPlans(dir, 'dev').read('update')).toThrow('is one of prod');
  });

  test('is gone when it was removed, and then nothing is left of it', () => {
    const { plans } = saved();

    plans.remove('update');

    expect(plans.read('update')).toBeUndefined();
    expect(plans.removeAll()).toBe(true);
    expect(plans.removeAll()).toBe(false);
  });

  function record(): string {
    return join(dir, 'plans', 'dev', 'update.json');
  }

  function file(): string {
    return join(dir, 'plans', 'dev', 'update.tfplan');
  }
});
