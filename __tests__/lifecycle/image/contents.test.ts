import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ContentsWishes, imageContents } from '../../../lifecycle/image/contents';
import { Workspace } from '../../../lifecycle/workspace';

const COMMON = `kind: common
ssh: { publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGGiGrGVuIPfJDs5VUdBnkbHqyqKTM08PXHaS1VJHtKl you@example.org" }
access: [203.0.113.7/32]
network: { external: public }
`;
const MIXED = `kind: cluster
groups:
  queue: { flavor: small, image: firesteel-queue, roles: [kafka], count: 3 }
  cache: { flavor: small, image: debian-12, roles: [memcached] }
apt: { packages: [tree] }
`;

let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'firesteel-contents-'));
  mkdirSync(join(dir, 'environments'));
  writeFileSync(join(dir, 'environments', 'common.yaml'), COMMON);
  writeFileSync(join(dir, 'environments', 'mixed.yaml'), MIXED);
});

afterAll(() => rmSync(dir, { recursive: true, force: true }));

const contents = (wishes: ContentsWishes) => imageContents(new Workspace({ projectDir: dir, env: {} }), wishes);
const names = (wishes: ContentsWishes) => contents(wishes).roles.map(({ name }) => name);

test('a kind has the roles of such a cluster that install something', () => {
  expect(names({})).toEqual(['node', 'spark-master', 'spark-history', 'spark-worker']);
  expect(names({ kind: 'web' })).toEqual(['node', 'haproxy', 'keepalived', 'nginx']);
});

test('roles by their names, on a node', () => {
  expect(names({ roles: ['kafka', 'memcached'] })).toEqual(['node', 'kafka', 'memcached']);
});

test('an environment has its own roles and settings, and of several images the groups with that one', () => {
  expect(names({ environment: 'mixed' })).toEqual(['node', 'kafka', 'memcached']);
  expect(names({ environment: 'mixed', name: 'firesteel-queue' })).toEqual(['node', 'kafka']);
  expect(contents({ environment: 'mixed' }).settings.apt.packages).toEqual(['tree']);
});

test('refuses a role that there isn’t, with the nearest', () => {
  expect(() => contents({ roles: ['kafak'] })).toThrow('no role is named "kafak"; did you mean "kafka"?');
});

test('refuses a role that installs nothing, and one that needs a plan', () => {
  expect(() => contents({ roles: ['bastion'] })).toThrow(
    /^role bastion can't be baked, because it installs nothing: roles that can are node, spark-master/,
  );
  expect(() => contents({ roles: ['flask-app'] })).toThrow(
    /^role flask-app can't be baked without what a plan says of it: bake it with "--for ENVIRONMENT"/,
  );
});

test('refuses a kind without roles of its own, one that there isn’t, and two contents', () => {
  expect(() => contents({ kind: 'cluster' })).toThrow('kind cluster has no roles of its own');
  expect(() => contents({ kind: 'sprak' })).toThrow('there is no kind "sprak": spark or web');
  expect(() => contents({ kind: 'spark', environment: 'mixed' })).toThrow('--kind and --for are given together');
});
