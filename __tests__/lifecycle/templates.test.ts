import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ComputeInstanceV2 } from '@cdktf/provider-openstack/lib/compute-instance-v2';
import { Testing } from 'cdktf';
import { initTemplate } from '../../lifecycle/template-init';
import { findTemplate, render, type Template, templates } from '../../lifecycle/templates';
import { loadEnvironments } from '../../plan/load-environments';
import { addEnvironmentStacks } from '../../stacks/environment-stacks';
import { COMMON, project } from '../plan/_project';

/** A value for every gap, of the kind that belongs there. */
function values({ values: gaps }: Template): Record<string, string> {
  const required = Object.entries(gaps).filter(([, gap]) => gap.default === undefined);
  return Object.fromEntries(required.map(([name]) => [name, name === 'app' ? './app' : `a-${name.toLowerCase()}`]));
}

/** A project with the template's environment and all that it needs. */
function projectOf(template: Template): string {
  const commons = { common: '', 'common-a': 'a-regiona', 'common-b': 'a-regionb', 'common-c': 'a-regionc' };
  const files = Object.entries(commons).map(([name, region]) => [
    `${name}.yaml`,
    region === '' ? COMMON : `${COMMON}region: ${region}\n`,
  ]);
  const dir = project({ ...Object.fromEntries(files), 'it.yaml': render(template, values(template)) });
  mkdirSync(join(dir, 'app'));
  writeFileSync(join(dir, 'app', 'app.py'), 'from flask import Flask\napp = Flask(__name__)\n');
  return dir;
}

describe.each(templates().map((template) => [template.name, template] as const))('%s', (_name, template) => {
  test('is a valid plan, and synthesizes', () => {
    const environments = loadEnvironments(projectOf(template));
    const app = Testing.app();
    addEnvironmentStacks(app, environments);
    const stack = app.node.findChild('it');
    const servers = stack.node.findAll().filter((each) => each instanceof ComputeInstanceV2);
    const planned = environments.flatMap((each) => (each.kind === 'cluster' ? each.plan.groups : []));
    expect(servers).toHaveLength(planned.reduce((sum, { numbers }) => sum + numbers.length, 0));
    expect(servers.length).toBeGreaterThan(1);
  });

  test('every gap says what belongs there, and every value has its gap', () => {
    const gaps = new Set([...template.text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name));
    const own = template.text.includes('regions:') ? [] : ['common'];
    expect([...gaps].sort()).toEqual([...own, ...Object.keys(template.values)].sort());
  });
});

const kafka = findTemplate('kafka');

test('what is missing is told with what it is, all at once', () => {
  expect(() => render(kafka, {})).toThrow(
    'kafka has no value yet for\n  --set image=…   image of all nodes\n  --set flavor=…   flavor of the brokers',
  );
});

test('a value that the template does not have is refused', () => {
  expect(() => render(kafka, { imgae: 'x' })).toThrow('kafka has no value "imgae": it has common, image, flavor');
});

test('a value can not become more than a value', () => {
  const text = render(kafka, { ...values(kafka), image: 'a: [b]\nkind: spark', topic: 'a, b' });
  expect(text).toContain('image: "a: [b]\\nkind: spark"\n');
  expect(text).toContain('{ name: "a, b", partitions: 12 }');
  expect(render(kafka, { ...values(kafka), image: 'true' })).toContain('image: "true"\n');
});

test('an unknown template is told with the nearest', () => {
  expect(() => findTemplate('kafak')).toThrow('there is no template "kafak" (did you mean "kafka"?)');
});

describe('init', () => {
  const init = (dir: string, set: Record<string, string>, environment = 'events') =>
    initTemplate(kafka, { projectDir: dir, environment, values: set, credentials: { env: {}, cwd: dir } });

  test('writes the environment, and asks no cloud for what is given', async () => {
    const dir = project({ 'common.yaml': COMMON });
    const result = await init(dir, values(kafka));
    expect(result).toMatchObject({ environment: 'events', found: {}, missing: [] });
    expect(readFileSync(result.file, 'utf8')).toContain('flavor: a-flavor');
  });

  test('leaves nothing where the plan would be none', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'firesteel-template-'));
    await expect(init(dir, { ...values(kafka), brokers: '0' })).rejects.toThrow('must be at least 1');
    expect(() => readFileSync(join(dir, 'environments', 'events.yaml'))).toThrow('ENOENT');
  });

  test('overwrites nothing', async () => {
    const dir = project({ 'events.yml': COMMON });
    await expect(init(dir, values(kafka))).rejects.toThrow('there is an environment "events" already');
  });
});
