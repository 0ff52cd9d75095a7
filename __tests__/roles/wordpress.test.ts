import { createServer, type Server } from 'node:http';
import type { NodeInfo } from '../../roles';
import { wordpressApacheConf } from '../../roles/wordpress/_apache';
import { databaseWays, wordpressConf } from '../../roles/wordpress/_conf';
import { WORDPRESS_SETTINGS } from '../../roles/wordpress/_settings';
import { wordpressSite } from '../../roles/wordpress/_site';
import { wordpress } from '../../roles/wordpress/wordpress';
import { context, nodeInfo, SECRET } from './_context';
import { ask, operationsOf, written } from './_written';

jest.setTimeout(60_000); // real programs, and the machine may be busy

const web = (number: number, changes: Partial<NodeInfo> = {}) =>
  nodeInfo(`web-${number}`, { roles: ['node', 'wordpress'], address: `10.0.0.${21 + number}`, ...changes });
const NODES = [
  web(0),
  web(1),
  nodeInfo('db-0', { roles: ['node', 'mariadb-galera'], address: '10.0.0.31' }),
  nodeInfo('db-1', { roles: ['node', 'mariadb-galera'], address: '10.0.0.32' }),
];
const CACHES = ['10.0.0.51', '10.0.0.52'].map((address, index) =>
  nodeInfo(`cache-${index}`, { roles: ['node', 'memcached'], address }),
);
const BALANCERS = ['10.0.0.5', '10.0.0.6'].map((address, index) =>
  nodeInfo(`lb-${index}`, { roles: ['node', 'haproxy'], address, virtualIp: '10.0.0.4' }),
);
const DB = {
  name: 'db',
  port: 3306,
  mode: 'tcp',
  from: ['wordpress'],
  backend: { role: 'mariadb-galera', port: 3306 },
};

const at = (settings: object = {}, nodes: readonly NodeInfo[] = NODES, frontends: readonly object[] = []) =>
  context('web-0', nodes, { roles: { wordpress: settings, haproxy: { frontends } } });
const conf = (...args: Parameters<typeof at>) => wordpressConf(at(...args)).reveal();
const defined = (text: string, name: string) => new RegExp(`^define\\('${name}', (.*)\\);$`, 'm').exec(text)?.[1];

describe('the configuration', () => {
  test('what is secret is known to root and to the web server alone', () => {
    expect(written(wordpress, at(), '/etc/wordpress/config-default.php')).toContain("chmod -- '0640'");
    expect(defined(conf(), 'DB_PASSWORD')).toBe(`'${SECRET}'`);
    const holding = operationsOf(wordpress, at()).flatMap((operation) =>
      operation.changes(operation.fact.bare).flatMap(({ script, description, diff }) => {
        expect(`${description}${diff}`).not.toContain(SECRET);
        return script.includes(SECRET) ? [`${operation.kind} ${operation.name}`] : [];
      }),
    );
    expect(holding).toEqual([
      'file /etc/wordpress/admin-password',
      'file /etc/wordpress/salts.secret',
      'file /etc/wordpress/config-default.php',
      'wordpress-site wordpress',
    ]);
    expect(JSON.stringify(wordpress.health!(at()))).not.toContain(SECRET);
  });

  test('all web servers sign cookies with the same eight salts', () => {
    const salts = (name: string) => {
      const text = wordpressConf(context(name, NODES)).reveal();
      return [...text.matchAll(/^define\('\w+_(?:KEY|SALT)', '([A-Za-z0-9+/=]{44})'\);$/gm)].map(([, salt]) => salt!);
    };
    expect(new Set(salts('web-0')).size).toBe(8);
    expect(salts('web-1')).toEqual(salts('web-0'));
  });

  test('nothing is changed through the web', () => {
    for (const name of ['DISALLOW_FILE_EDIT', 'DISALLOW_FILE_MODS', 'AUTOMATIC_UPDATER_DISABLED', 'DISABLE_WP_CRON'])
      expect(defined(conf(), name)).toBe('true');
    expect(wordpressApacheConf(at())).toMatch(/<FilesMatch "\^\(xmlrpc\|.*\n +Require all denied/);
  });

  test('the site is where it is asked for, or where the plan says', () => {
    expect(defined(conf(), 'WP_HOME')).toBe('firesteel_url()');
    const text = conf({ url: 'https://blog.example.com' });
    expect(defined(text, 'WP_HOME')).toBe("'https://blog.example.com'");
    expect(defined(text, 'FORCE_SSL_ADMIN')).toBe('true');
  });
});

describe('the database', () => {
  const hosts = (...args: Parameters<typeof at>) =>
    databaseWays(at(...args)).map(({ host, askPort }) => `${host}:${askPort}`);
  const GALERA = ['10.0.0.31:9200', '10.0.0.32:9200'];

  test('is each server in the order of the plan, as its agent says', () => {
    expect(hosts()).toEqual(GALERA);
  });

  test('is the balancer where there is one for it, and the servers when that is gone', () => {
    expect(hosts({}, [...NODES, ...BALANCERS], [DB])).toEqual([
      '10.0.0.4:3306',
      '10.0.0.5:3306',
      '10.0.0.6:3306',
      ...GALERA,
    ]);
  });

  test('is not one that serves something else, or others', () => {
    expect(hosts({}, [...NODES, ...BALANCERS], [{ ...DB, port: 80 }])).toEqual(GALERA);
    expect(hosts({}, [...NODES, ...BALANCERS], [{ ...DB, from: ['flask-app'] }])).toEqual(GALERA);
  });
});

describe('memcached', () => {
  test('is used where there is some, by all in the same order', () => {
    const nodes = [...NODES, ...CACHES];
    expect(defined(conf({}, nodes), 'FIRESTEEL_CACHE')).toBe("['10.0.0.51:11211', '10.0.0.52:11211']");
    expect(wordpressApacheConf(at({}, nodes))).toContain(
      'php_admin_value session.save_path "10.0.0.51:11211,10.0.0.52:11211"',
    );
  });

  test('is not needed', () => {
    expect(defined(conf(), 'FIRESTEEL_CACHE')).toBe('[]');
    expect(wordpressApacheConf(at())).not.toContain('session.save_handler');
  });
});

describe('Apache', () => {
  test('listens on its own address, and is bounded by the memory', () => {
    expect(wordpressApacheConf(at())).toContain('\nListen 10.0.0.21:80\n');
    const workers = (memoryMiB: number) =>
      Number(/^MaxRequestWorkers (\d+)$/m.exec(wordpressApacheConf(at({}, [web(0, { memoryMiB })])))![1]);
    expect([400, 512, 1024, 2048].map(workers)).toEqual([4, 6, 15, 34]);
  });

  test('believes balancers of the cluster who a visitor is, and nobody else', () => {
    expect(wordpressApacheConf(at({}, [...NODES, ...BALANCERS]))).toContain(
      'RemoteIPInternalProxy 10.0.0.5 10.0.0.6\n',
    );
    expect(wordpressApacheConf(at())).not.toContain('RemoteIP');
  });

  test('runs nothing that was uploaded', () => {
    const text = wordpressApacheConf(at());
    const uploads = text.slice(text.indexOf('<Directory /var/lib/wordpress/wp-content/uploads>'));
    expect(uploads.split('</Directory>')[0]).toMatch(
      /php_admin_flag engine off[\s\S]*<FilesMatch "\\\.\(php\|[\s\S]*Require all denied/,
    );
  });

  test('keeps one right, and is not started by its package', () => {
    const unit = written(wordpress, at(), 'apache2.service');
    expect(unit).toContain('\nUser=www-data\n');
    expect(unit.match(/^CapabilityBoundingSet=.*$/gm)).toEqual([
      'CapabilityBoundingSet=',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
    ]);
    const kinds = operationsOf(wordpress, at()).map(({ kind }) => kind);
    expect(kinds.indexOf('held-back')).toBeLessThan(kinds.indexOf('packages'));
  });
});

describe('the site', () => {
  test('is made by the first web server, once', () => {
    const kinds = (name: string) => operationsOf(wordpress, context(name, NODES)).map(({ kind }) => kind);
    expect(kinds('web-0')).toContain('wordpress-site');
    expect(kinds('web-1')).not.toContain('wordpress-site');
    const site = wordpressSite(at());
    expect(site.changes(site.fact.parse('{"installed":true,"title":"x"}\n'))).toEqual([]);
    expect(site.changes(site.fact.parse('Error establishing a database connection'))).toHaveLength(1);
  });

  test('refuses a cluster without its database', () => {
    const census = (servers: number) => ({ settings: at().settings, count: () => servers });
    expect(wordpress.fits!(census(0))).toContain('give the role mariadb-galera');
    expect(wordpress.fits!(census(3))).toBeUndefined();
  });

  test.each<[object, string]>([
    [{ title: 'a\nb' }, 'must be one line'],
    [{ adminUser: 'a b' }, 'must be up to 60'],
    [{ url: 'https://a.example.com/' }, 'must not end with "/"'],
    [{ url: 'ftp://a.example.com' }, 'Invalid URL'],
    [{ database: 'a`' }, 'must be up to 63'],
    [{ password: 'x' }, 'Unrecognized key'],
  ])('refuses %j', (settings, message) => {
    const { error } = WORDPRESS_SETTINGS.safeParse(settings);
    expect(error?.issues.map((issue) => issue.message).join('\n')).toContain(message);
  });
});

describe('the probe', () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const here = context('web-0', [web(0, { address: '127.0.0.42' }), ...NODES.slice(2), ...CACHES]);
  const probe = wordpress.health!(here).find(({ name }) => name === 'shows the site')!;
  const serve = (page: string, status = 200) =>
    new Promise<void>((resolve) => {
      server = createServer((_request, response) => response.writeHead(status).end(page)).listen(
        80,
        '127.0.0.42',
        resolve,
      );
    });
  const asked = (state: string) => ask(probe, (script) => `runuser() { printf '%s' '${state}'; }\n${script}`);
  const WELL = '{"installed":true,"title":"Rock & Roll","cached":true}';

  test('a page with the title from the database is well', async () => {
    await serve('<h1>Rock &amp; Roll</h1>');
    expect(await asked(WELL)).toBe('');
  });

  test.each<[string, string, string, number, string]>([
    ['another page', WELL, '<h1>It works!</h1>', 200, 'does not bear the title "Rock & Roll"'],
    ['a page that is an error', WELL, 'Rock & Roll', 500, 'is answered with 500'],
    ['a site that is not made', '{"installed":false,"title":null,"cached":true}', '', 200, 'not made yet'],
    [
      'a cache that keeps nothing',
      WELL.replace('"cached":true', '"cached":false'),
      '',
      200,
      '10.0.0.51:11211, 10.0.0.52:11211 keeps',
    ],
    ['no database', '<h1>Error establishing a database connection</h1>', '', 200, 'WordPress says:'],
  ])('fails with %s', async (_what, state, page, status, message) => {
    await serve(page, status);
    const said = await asked(state);
    expect(said).toContain(message);
    expect(said).toContain('what the journal says');
  });
});
