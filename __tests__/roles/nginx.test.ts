import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NodeInfo } from '../../roles';
import { folderDigest } from '../../roles/folder';
import { NGINX_SETTINGS } from '../../roles/nginx/_settings';
import { nginx } from '../../roles/nginx/nginx';
import { context, nodeInfo } from './_context';
import { fileText, operationsOf, unitChanges, written } from './_written';

const CONF = '/etc/nginx/nginx.conf';
const folder = mkdtempSync(join(tmpdir(), 'firesteel-site-'));
const root = join(folder, 'site');
mkdirSync(root);
writeFileSync(join(root, 'index.html'), '<h1>Hello</h1>\n');
afterAll(() => rmSync(folder, { recursive: true }));

const server = (name: string, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(name, { roles: ['node', 'flask-app', 'nginx'], address: '10.0.0.21', ...changes });
const STATIC = [server('server-0', { roles: ['node', 'nginx'] })];
const BALANCED = [
  nodeInfo('balancer-0', { roles: ['node', 'haproxy'], address: '10.0.0.5' }),
  nodeInfo('balancer-1', { roles: ['node', 'haproxy'], address: '10.0.0.6' }),
  server('server-0'),
];
const at = (nodes: readonly NodeInfo[] = BALANCED, settings: object = {}) =>
  context('server-0', nodes, { roles: { nginx: settings } });
const conf = (...args: Parameters<typeof at>) => fileText(nginx, at(...args), CONF);

test('stands in front of the application of its node, on the address of its node', () => {
  expect(conf()).toContain('listen 10.0.0.21:80 default_server;');
  expect(conf()).toContain('location / {\n            proxy_pass http://unix:/run/flask-app/gunicorn.sock;');
  expect(nginx.exposes).toEqual([{ name: 'http', port: 80, from: ['haproxy'] }]);
});

test('believes what balancers say of the client, and nobody else', () => {
  expect(conf()).toContain('set_real_ip_from 10.0.0.5;\n    set_real_ip_from 10.0.0.6;\n');
  expect(conf()).toContain('10.0.0.5/32 1;\n        10.0.0.6/32 1;\n');
  expect(conf([server('server-0')])).not.toContain('set_real_ip_from');
  expect(conf()).toContain('proxy_set_header X-Forwarded-For $remote_addr;');
});

test('serves files, hidden ones excepted', () => {
  const text = conf(STATIC, { root });
  expect(text).toContain('root /srv/nginx/site;');
  expect(text).toContain('try_files $uri $uri/ =404;');
  expect(text).toContain('location ~ /\\.(?!well-known/) {\n            return 404;');
  expect(text).not.toContain('proxy_pass');
});

test('serves files first, and asks the application for the rest', () => {
  const text = conf(BALANCED, { root });
  expect(text).toContain('try_files $uri $uri/index.html @app;');
  expect(text).toContain('location @app {\n            proxy_pass');
});

test('the files travel as they are now, and another version lies beside the one before', () => {
  const { settings } = at(STATIC, { root });
  const [artifact] = nginx.artifacts!(settings);
  const digest = folderDigest(root);
  expect(artifact).toEqual({
    fileName: 'nginx-site.tar',
    source: { kind: 'folder', path: root, sha256: digest },
    installedMarker: `/srv/nginx/site-${digest.slice(0, 12)}/.firesteel-${digest.slice(0, 16)}`,
  });
  expect(written(nginx, at(STATIC, { root }), '/srv/nginx/site')).toContain(`/srv/nginx/site-${digest.slice(0, 12)}`);
  expect(operationsOf(nginx, at(STATIC, { root })).map(({ kind }) => kind)).toContain('old-versions');
});

test('without files none travel', () => {
  expect(nginx.artifacts!(at().settings)).toEqual([]);
});

test('fails where there is nothing to serve', () => {
  expect(() => conf(STATIC)).toThrow('nginx: server-0 has nothing to serve');
  const fits = (count: number) => nginx.fits!({ settings: at().settings, count: () => count });
  expect(fits(0)).toContain('has nothing to serve');
  expect(fits(1)).toBeUndefined();
});

test('refuses a folder that is not there', () => {
  const { error } = NGINX_SETTINGS.safeParse({ root: join(folder, 'nowhere') });
  expect(error?.issues[0]).toMatchObject({ path: ['root'], message: expect.stringContaining('there is no folder') });
});

test('nothing of it is root, and it ends after what it has begun', () => {
  const unit = written(nginx, at(), 'nginx.service');
  for (const line of ['User=nginx', 'CapabilityBoundingSet=CAP_NET_BIND_SERVICE', 'KillSignal=SIGQUIT'])
    expect(unit).toContain(`\n${line}\n`);
});

test('reads another configuration without a restart', () => {
  const other = at(BALANCED, { maxBodyMiB: 64 });
  expect(fileText(nginx, other, CONF)).toContain('client_max_body_size 64m;');
  expect(unitChanges(nginx, 'nginx.service', at(), other)).toEqual(['reload nginx.service']);
});
