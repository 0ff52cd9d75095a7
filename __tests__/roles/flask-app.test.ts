import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { NodeInfo } from '../../roles';
import { fittingWorkers } from '../../roles/flask-app/_gunicorn-conf';
import { FLASK_APP_SETTINGS } from '../../roles/flask-app/_settings';
import { flaskApp } from '../../roles/flask-app/flask-app';
import { folderDigest } from '../../roles/folder';
import { context, nodeInfo, SECRET } from './_context';
import { ask, fileText, operationsOf, unitChanges, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const CONF = '/etc/flask-app/gunicorn.conf.py';
const UNIT = 'flask-app.service';
const folder = mkdtempSync(join(tmpdir(), 'firesteel-app-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** A folder with these files. */
function app(files: Readonly<Record<string, string>> = { 'app.py': 'app = None\n' }): string {
  const path = mkdtempSync(join(folder, 'app-'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}

const server = (changes: Partial<NodeInfo> = {}) =>
  nodeInfo('server-0', { roles: ['node', 'flask-app', 'nginx'], ...changes });
const at = (settings: object, nodes: readonly NodeInfo[] = [server()]) =>
  context('server-0', nodes, { roles: { 'flask-app': settings } });

test('runs the code by gunicorn, on a socket that only the node itself can reach', () => {
  const context = at({ app: app() });
  expect(flaskApp.exposes).toEqual([]);
  expect(fileText(flaskApp, context, CONF)).toContain('bind = "unix:/run/flask-app/gunicorn.sock"\n');
  const unit = written(flaskApp, context, UNIT);
  expect(unit).toContain(
    '\nExecStart=/usr/bin/python3 -B -m gunicorn --config /etc/flask-app/gunicorn.conf.py app:app\n',
  );
  for (const line of ['User=flask-app', 'ReadWritePaths=/var/lib/flask-app', 'ProtectSystem=strict'])
    expect(unit).toContain(`\n${line}\n`);
});

test('new code is tried, and loaded without a restart', () => {
  const [one, two] = [app(), app({ 'app.py': 'app = 2\n' })];
  expect(unitChanges(flaskApp, UNIT, at({ app: one }), at({ app: two }))).toEqual([`reload ${UNIT}`]);
  expect(fileText(flaskApp, at({ app: two }), CONF)).toContain(
    `chdir = "/opt/flask-app/app-${folderDigest(two).slice(0, 12)}"\n`,
  );
  expect(written(flaskApp, at({ app: one }), UNIT)).toMatch(
    /ExecReload=.* --check-config app:app\nExecReload=\/bin\/kill -HUP/,
  );
});

test('the code travels as it is now, and is unpacked where its marker is looked for', () => {
  const path = app();
  const [artifact] = flaskApp.artifacts!(at({ app: path }).settings);
  expect(artifact!.source).toEqual({ kind: 'folder', path, sha256: folderDigest(path) });
  const unpack = operationsOf(flaskApp, at({ app: path })).find(({ kind }) => kind === 'archive')!;
  expect(unpack.fact.script).toContain(`'${artifact!.installedMarker}'`);
  expect(unpack.changes(unpack.fact.bare)[0]!.script).toContain(`'/var/cache/firesteel/${artifact!.fileName}'`);
});

describe('requirements.txt', () => {
  const text = '# what it needs\nflask==3.1.2  # the framework\n\ngunicorn>=23\r\n';

  test('makes an environment of the application’s own', () => {
    const context = at({ app: app({ 'app.py': '', 'requirements.txt': text }) });
    const made = operationsOf(flaskApp, context).find(({ kind }) => kind === 'python-packages')!;
    expect(made.changes(made.fact.bare)[0]!.description).toContain('flask==3.1.2, gunicorn>=23');
    expect(written(flaskApp, context, UNIT)).toContain('ExecStart=/opt/flask-app/python/bin/python3 ');
  });

  test('another one restarts it', () => {
    const [before, after] = ['flask==3.1.2\n', 'flask==3.1.3\n'].map((requirements) =>
      at({ app: app({ 'app.py': '', 'requirements.txt': requirements }) }),
    );
    expect(unitChanges(flaskApp, UNIT, before!, after!)).toEqual([`restart ${UNIT}`]);
  });

  test('without one the distribution’s Flask is used', () => {
    const kinds = operationsOf(flaskApp, at({ app: app() })).map(({ kind }) => kind);
    expect(kinds).not.toContain('python-packages');
  });
});

test.each([
  [512, 1, 1],
  [1024, 1, 3],
  [4096, 2, 5],
  [16_384, 8, 17],
])('with %i MiB and %i CPUs there are %i workers', (memoryMiB, vcpus, workers) => {
  expect(fittingWorkers(server({ memoryMiB, vcpus }))).toBe(workers);
});

describe('secrets', () => {
  const context = at({ app: app(), secrets: ['postgresql.app'] });

  test('are files for the application alone', () => {
    for (const name of ['flask-app.session', 'flask-app.admin', 'postgresql.app']) {
      const script = written(flaskApp, context, `/etc/flask-app/secrets/${name}`);
      expect(script).toContain(SECRET);
      expect(script).toContain("chown -- 'root:flask-app'");
      expect(script).toContain("chmod -- '0640'");
    }
    expect(written(flaskApp, context, UNIT)).toContain('CREDENTIALS_DIRECTORY=/etc/flask-app/secrets');
  });

  test('are shown nowhere', () => {
    const operations = operationsOf(flaskApp, context);
    const told = operations.flatMap((operation) =>
      operation.changes(operation.fact.bare).map(({ description, diff }) => [description, diff]),
    );
    const asked = operations.map(({ name, fact }) => name + fact.script).join('\n');
    expect(inspect(told) + JSON.stringify(told) + asked + JSON.stringify(flaskApp.health!(context))).not.toContain(
      SECRET,
    );
    expect(written(flaskApp, context, UNIT)).not.toContain(SECRET);
  });

  test('can be read back from a node', () => {
    for (const { name, recover } of flaskApp.secrets!) expect(recover).toContain(`'/etc/flask-app/secrets/${name}'`);
  });
});

test('the application is told where those are whom it uses', () => {
  const databases = ['10.0.0.31', '10.0.0.32'].map((address, index) =>
    nodeInfo(`db-${index}`, { roles: ['node', 'mariadb-galera'], address }),
  );
  const context = at({ app: app(), uses: ['mariadb-galera'], environment: { BLOG_TITLE: 'A "quoted" 100 %' } }, [
    ...[server(), ...databases],
  ]);
  const unit = written(flaskApp, context, UNIT);
  expect(unit).toContain('\nEnvironment="MARIADB_GALERA_NODES=10.0.0.31,10.0.0.32"\n');
  expect(unit).toContain('\nEnvironment="BLOG_TITLE=A \\"quoted\\" 100 %%"\n');
});

test('it is given the certificate that it knows Kafka’s brokers by, and no key', () => {
  const broker = nodeInfo('kafka-0', { roles: ['node', 'kafka'], address: '10.0.0.31' });
  const context = at({ app: app(), uses: ['kafka'], secrets: ['kafka.client'] }, [server(), broker]);
  const script = written(flaskApp, context, '/etc/flask-app/secrets/kafka.crt');
  expect(script).toContain('-----BEGIN CERTIFICATE-----');
  expect(script).not.toContain('KEY');
});

describe('settings', () => {
  test.each([
    ['there is no folder /nowhere', { app: '/nowhere' }],
    ['holds no application: there is no app.py in it', { app: app({}) }],
    ['there is no shop/web.py in it', { app: app(), module: 'shop.web:app' }],
    ['must name a module', { app: app(), module: 'app; rm' }],
    ['which is no requirement', { app: app({ 'app.py': '', 'requirements.txt': '--index-url http://x\n' }) }],
    ['must be one line', { app: app(), environment: { A: 'x\ny' } }],
    ['has a name that no environment variable can have', { app: app(), environment: { 'A B': 'x' } }],
    ['must be the name of a secret', { app: app(), secrets: ['../shadow'] }],
    ['must be a path', { app: app(), check: 'health' }],
    ['expected string, received undefined', {}],
  ])('refuses: %s', (message, settings) => {
    const { error } = FLASK_APP_SETTINGS.safeParse(settings);
    expect(error?.issues.map((issue) => issue.message).join('\n')).toContain(message);
    expect(error?.issues).toHaveLength(1);
  });

  test('refuses a plan without an application', () => {
    const { settings } = at({ app: app() });
    expect(flaskApp.fits!({ settings, count: () => 1 })).toBeUndefined();
    expect(flaskApp.fits!({ settings: { ...settings, roles: {} }, count: () => 1 })).toContain('has no application');
  });
});

/** The probe really runs, against something that answers as gunicorn does. */
describe('the probe', () => {
  async function answers(status: number | undefined): Promise<string> {
    const socket = join(folder, 'gunicorn.sock');
    const listener = createServer((_request, answer) => answer.writeHead(status ?? 0).end());
    if (status !== undefined) await new Promise<void>((done) => void listener.listen(socket, done));
    const probe = flaskApp.health!(at({ app: app(), check: '/health' })).find(({ name }) => name === 'answers')!;
    const said = await ask(probe, (script) => script.replace('/run/flask-app/gunicorn.sock', socket));
    await new Promise((closed) => listener.close(closed));
    return said;
  }

  test.each([200, 302, 404])('an application that answers with %i is well', async (status) => {
    expect(await answers(status)).toBe('');
  });

  test('one that fails is told, with its last lines', async () => {
    expect(await answers(500)).toBe('/health is answered with the status 500\nwhat the journal says');
  });

  test('one that is not there is told', async () => {
    expect(await answers(undefined)).toContain('does not answer');
  });
});
