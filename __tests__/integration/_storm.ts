import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultyApi } from './_faulty-api';
import { leftovers } from './_leftovers';
import { commonYaml, Project, sparkYaml } from './_project';
import { type Ended, lastLine, type Running } from './_run';

/** Of this run's faults. */
export const SEED = Number(process.env.FIRESTEEL_FAULT_SEED ?? Date.now() % 100_000);

const MOST_RUNS = 20;
const PLAN = sparkYaml({ common: 'faultcommon' });
const TRACE = /^\s+at .+:\d+:\d+\)?$/m;

/** A project with the environments `faultcommon` and `fault`, whose cloud is behind the proxy. */
export async function faultyProject(api: FaultyApi): Promise<Project> {
  console.log(`faults of seed ${SEED}; FIRESTEEL_FAULT_SEED=${SEED} repeats them`);
  const environments = { faultcommon: commonYaml({ cidr: '10.96.0.0/24' }), fault: PLAN };
  const project = await Project.create({ environments });
  writeFileSync(project.file('clouds.yaml'), api.cloudsYaml(), { mode: 0o600 });
  return project;
}

/** Does what a user does: runs a command again and again until it succeeds; what it says on the way is looked at. */
export async function againUntilDone(api: FaultyApi, start: () => Promise<Ended>): Promise<number> {
  for (let runs = 1; runs <= MOST_RUNS; runs++) {
    const before = api.done.length;
    const ended = await start();
    console.log(
      [`run ${runs} ended with ${ended.status}, faults:`, ...api.done.slice(before), tail(ended.stderr)].join('\n'),
    );
    if (ended.status === 0) return runs;
    expectClearFailure(ended);
  }
  throw new Error(`it did not succeed in ${MOST_RUNS} runs`);
}

/** It says what is wrong in plain words. */
export function expectClearFailure({ status, stderr }: Ended): void {
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: \S/m);
  expect(stderr).not.toMatch(TRACE);
  expect(stderr).not.toMatch(/ContentLength|\bundefined\b|\[object/);
}

/** `firesteel up --json`, ended as soon as it has deployed; status 0 then. */
export async function onlyDeployed(running: Running, environment: string): Promise<Ended> {
  const deployed = running
    .line((line) => isDeployed(line, environment))
    .then(
      () => running.kill('SIGINT'),
      () => undefined, // it ended before
    );
  const ended = await running.ended;
  await deployed;
  return ended.status === 130 ? { ...ended, status: 0 } : ended;
}

function isDeployed(line: string, environment: string): boolean {
  return (
    line.includes(`"subject":"${environment}","phase":"apply","state":"done"`) || line.includes('"subject":"master-0"')
  );
}

/** What the cloud has, by kind and name, sorted; floating IPs without their addresses, and ports that are ours. */
export async function holdings(): Promise<string[]> {
  const all = await leftovers();
  return all
    .filter((thing) => thing !== 'port ')
    .map((thing) => thing.replace(/^(floating IP) .*/, '$1'))
    .sort();
}

/** Exit status of `terraform plan`: 0 where the cloud is as the stack wants it, 2 where something is to be done. */
export async function planStatus(project: Project, stack: string): Promise<number | null> {
  const tools = lastLine<NodeJS.ProcessEnv>(await project.start('tools', 'env', '--json').succeeded());
  const folder = project.file('cdktf.out', 'stacks', stack);
  const args = [`-chdir=${folder}`, 'plan', '-input=false', '-no-color', '-detailed-exitcode'];
  const env = { ...tools, OS_CLIENT_CONFIG_FILE: join(project.dir, 'clouds.yaml') };
  const { status, text } = await project.program(tools.TERRAFORM_BINARY_NAME ?? 'terraform', args, env).ended;
  if (status !== 0) console.log(text);
  return status;
}

function tail(text: string): string {
  return text.trim().split('\n').slice(-12).join('\n');
}
