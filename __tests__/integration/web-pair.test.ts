/** A web application behind a pair of balancers, from one command: the address, the failover, a server's death. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProvisionResult } from '../../lifecycle/provision';
import { HAPROXY_DETECTS_WITHIN_SECONDS } from '../../roles/haproxy/check';
import { leftovers } from './_leftovers';
import { Nodes } from './_nodes';
import { Project } from './_project';
import { type Ended, lastLine } from './_run';
import { Servers } from './_servers';
import { type LoadReport, SteadyLoad } from './_steady-load';

const MINUTES = 60_000;
const APP = join(__dirname, '..', '..', 'examples', 'apps', 'hello_world');
const NAME = 'hello-world-test';
const PER_SECOND = 50;

jest.setTimeout(10 * MINUTES);

let elsewhere: Project;
let before: readonly string[];
let made: Ended;
let address: string;
let folder: string;
let nodes: Nodes;
let servers: Servers;

const provision = (count: number, ...options: readonly string[]) =>
  elsewhere.start('provision', APP, 'test', String(count), 'm1.small', '--cloud', 'sandbox', ...options);

beforeAll(async () => {
  elsewhere = await Project.create({ environments: {}, ownHome: true });
  before = (await leftovers()).sort();
  made = await provision(2).succeeded();
  address = made.stdout.trim();
  folder = elsewhere.file('home', '.local', 'state', 'firesteel', 'clusters', NAME);
  nodes = await Nodes.of(elsewhere, NAME, 'balancer-0', folder);
  servers = await Servers.connect();
}, 8 * MINUTES);

afterAll(async () => {
  await servers?.close();
  elsewhere?.remove();
});

async function page(): Promise<string> {
  const answer = await fetch(`http://${address}/`, { headers: { connection: 'close' } });
  expect(answer.status).toBe(200);
  return answer.text();
}

/** The balancer that has the address which both share. */
async function active(): Promise<string> {
  const { stdout } = await elsewhere
    .start('--dir', folder, 'run', NAME, '--role', 'keepalived', '--json', '--', 'ip -4 -o address show')
    .succeeded();
  const { nodes: answers } = JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    nodes: readonly { readonly node: string; readonly stdout: string }[];
  };
  const holders = answers.filter(({ stdout: text }) => text.includes(`${virtualIp()}/`)).map(({ node }) => node);
  expect(holders).toHaveLength(1);
  return holders[0]!;
}

function virtualIp(): string {
  return nodes.output.virtualIps![0]!.address;
}

function tell(what: string, { sent, failed, longestGapMs }: LoadReport): void {
  console.log(`${what}: ${sent} requests at ${PER_SECOND}/s, ${failed} failed, longest gap ${longestGapMs} ms`);
}

test('prints the public address and nothing else, and the application answers there, server after server', async () => {
  expect(made.stdout).toMatch(/^172\.\d+\.\d+\.\d+\n$/);
  const pages = await Promise.all(Array.from({ length: 8 }, page));
  const answering = new Set(pages.map((text) => /server-\d/.exec(text)?.[0]));
  expect([...answering].sort()).toEqual(['server-0', 'server-1']);
});

test('everything but the page and SSH is closed from outside', async () => {
  for (const { name, floatingIp } of nodes.all) {
    expect(floatingIp === null).toBe(name.startsWith('server'));
  }
  const closed = await Promise.all([8404, 22].map((port) => opens(port)));
  expect(closed[0]).toBe(false);
});

async function opens(port: number): Promise<boolean> {
  const { status } = await elsewhere.program('timeout', ['3', 'sh', '-c', `: </dev/tcp/${address}/${port}`]).ended;
  return status === 0;
}

test('a second run changes nothing', async () => {
  const again = lastLine<ProvisionResult>(await provision(2, '--json').succeeded());
  expect(again).toMatchObject({ address, applied: 0, configured: { changed: 0, failed: 0 } });
});

test('the active balancer freezes: the other takes the address over', async () => {
  const frozen = await active();
  const load = new SteadyLoad(`http://${address}/`, PER_SECOND);
  await sleep(2000);
  const { serverId } = nodes.find(frozen);
  await servers.pause(serverId);
  await sleep(12_000);
  const report = await load.end();
  tell('the active balancer froze', report);
  expect(report.failedAt.filter((at) => at > 10_000)).toEqual([]);
  expect(await page()).toContain('Hello');
  await servers.unpause(serverId);
  // It still believes that it is the one, until it hears the other.
  await sleep(5000);
  expect(['balancer-0', 'balancer-1']).toContain(await active());
  expect(await page()).toContain('Hello');
});

test('an application server is killed: no request fails once that is known', async () => {
  const load = new SteadyLoad(`http://${address}/`, PER_SECOND);
  await sleep(2000);
  const { serverId } = nodes.find('server-1');
  const killed = load.now;
  await servers.pause(serverId);
  const known = load.now + HAPROXY_DETECTS_WITHIN_SECONDS * 1000;
  await sleep(known - load.now + 6000);
  const report = await load.end();
  tell('an application server froze', report);
  expect(report.failedAt.filter((at) => at < killed || at > known)).toEqual([]);
  await servers.unpause(serverId);
});

test('fewer servers go, and the page stays', async () => {
  const fewer = lastLine<ProvisionResult>(await provision(1, '--yes', '--json').succeeded());
  expect(fewer.address).toBe(address);
  expect(fewer.summary?.nodes.map(({ name }) => name).sort()).toEqual(['balancer-0', 'balancer-1', 'server-0']);
  expect(await page()).toContain('server-0');
});

test('--destroy leaves nothing', async () => {
  const gone = await provision(1, '--destroy', '--yes').succeeded();
  expect(gone.stdout).toBe('');
  expect((await leftovers()).sort()).toEqual(before);
});
