import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ClusterEnvironment, loadEnvironment } from '../../plan/load-environments';
import type { PlanError } from '../../plan/plan-error';
import { wavesOf } from '../../roles/start-waves';
import { context, nodeInfo } from '../roles/_context';
import { project } from './_project';

const PLAN = `kind: cluster
image: debian-12
groups:
  leader:
    flavor: m1.small
    roles: [spark-master]
    steps:
      clusterStarting: [{ run: 'echo \${STAGE}', with: { STAGE: early } }]
      clusterStarted: [{ script: ./scripts/tell.py }]
  worker:
    flavor: m1.small
    count: 2
    roles: [spark-worker]
    steps:
      firstBoot: [{ run: mkdir /data }, { run: touch /data/ready }]
      everyBoot: [{ run: 'true' }]
      planReady: [{ run: 'true' }]
`;

function load(yaml = PLAN): ClusterEnvironment {
  const dir = project({ 'dev.yaml': yaml });
  mkdirSync(join(dir, 'scripts'));
  writeFileSync(join(dir, 'scripts', 'tell.py'), '#!/usr/bin/env python3\nprint("here")\n');
  return loadEnvironment(dir, 'dev') as ClusterEnvironment;
}

const { plan } = load();
const roleOf = (name: string) => plan.groups.flatMap(({ roles }) => roles).find((role) => role.name === name)!;
const scriptsOf = (name: string) => {
  const role = roleOf(name);
  const at = context('worker-0', [nodeInfo('worker-0')]);
  const operations = [...(role.configure?.(at) ?? []), ...(role.start?.(at) ?? [])];
  return operations.map((operation) => ({
    name: `${operation.kind} ${operation.name}`,
    text: operation
      .changes(operation.fact.bare)
      .map(({ script }) => script)
      .join('\n'),
  }));
};

test('services start after what comes before them, and what comes after waits for all of them', () => {
  const waves = wavesOf(plan.groups).map((wave) => wave.map(({ name }) => name).sort());
  expect(waves).toEqual([
    ['bastion', 'cluster-starting-leader', 'every-boot-worker', 'first-boot-worker', 'node'],
    ['spark-master'],
    ['spark-worker'],
    ['cluster-started-leader'],
    ['plan-ready-worker'],
  ]);
});

test('a step at first boot runs once, in the order of the plan', () => {
  const once = scriptsOf('first-boot-worker').filter(({ name }) => name.startsWith('once'));
  expect(once.map(({ name }) => name)).toEqual(['once first-boot-worker-0', 'once first-boot-worker-1']);
  expect(once[0]!.text).toContain("'/etc/firesteel/steps/first-boot-worker-0.run' </dev/null");
});

test('a script knows where it runs, and gets its parameters', () => {
  const text = scriptsOf('cluster-starting-leader')
    .map((each) => each.text)
    .join('\n');
  expect(text).toMatch(/STAGE\S*=\S*early/);
  expect(text).toMatch(/FIRESTEEL_NODE\S*=\S*worker-0/);
  expect(text).toMatch(/echo \$\{STAGE\}/);
});

test('only what runs at every boot is started at boot', () => {
  const enabled = (name: string) => scriptsOf(name).some(({ text }) => text.includes('enable'));
  expect(enabled('every-boot-worker')).toBe(true);
  expect(enabled('plan-ready-worker')).toBe(false);
});

test('a file that is not there is told where it stands', () => {
  expect.assertions(1);
  try {
    load(PLAN.replace('tell.py', 'talk.py'));
  } catch (error) {
    const [issue] = (error as PlanError).issues;
    expect(`${issue!.line}: ${issue!.path}: ${issue!.message}`).toMatch(
      /^9: groups\.leader\.steps\.clusterStarted\.0\.script: \/.*talk\.py is not there/,
    );
  }
});
