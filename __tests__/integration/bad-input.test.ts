/** What is wrong is told before anything is made: what, where, what is allowed, what to do next. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { commonYaml, Project } from './_project';
import type { Ended } from './_run';
import { Tenant } from './_tenant';

const FIRESTEEL = resolve(__dirname, '..', '..', 'bin', 'firesteel.js');
const COMMON = commonYaml({ cidr: '10.99.7.0/24' }).replace('cloud: sandbox', 'cloud: own');
const BAD = `kind: spark
cloud: own
common: badcommon
image: debian-12
master: { flavor: m1.small }
workers: { flavor: m1.small, count: 2 }
`;

let tenant: Tenant;
let project: Project;
let before: string[];

jest.setTimeout(180_000);

beforeAll(async () => {
  tenant = await Tenant.create();
  project = await Project.create({ environments: {} });
  const closed = { auth_url: `http://127.0.0.1:${await closedPort()}/v3` };
  const clouds = tenant.cloudsYaml({ 'wrong-password': { password: 'wrong' }, closed });
  writeFileSync(project.file('clouds.yaml'), clouds, { mode: 0o600 });
  before = await tenant.holdings();
});

beforeEach(() => {
  project.write('badcommon', COMMON);
  project.write('bad', BAD);
});

afterEach(async () => {
  expect(await tenant.holdings()).toEqual(before);
  expect(project.files().filter((file) => /\.nodes\.json$|(?<!\.terraform\/terraform)\.tfstate$/.test(file))).toEqual(
    [],
  );
});

afterAll(async () => {
  project?.remove();
  await tenant?.remove();
});

/** Runs a command that has to fail, and returns what it says on standard error. */
async function refusal(args: readonly string[], status: number, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const ended: Ended = await project.program(process.execPath, [FIRESTEEL, '--quiet', ...args], env).ended;
  expect(ended.text).not.toMatch(/^\s+at .+:\d+|node:internal|\[object |undefined/m);
  expect({ status: ended.status, stdout: ended.stdout }).toEqual({ status, stdout: '' });
  return ended.stderr;
}

/** An environment's file with one thing changed. */
function changed(text: string, from: string, to: string): string {
  expect(text).toContain(from);
  return text.replace(from, to);
}

async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}

describe('the plan', () => {
  const cases: readonly [what: string, from: string, to: string, told: RegExp][] = [
    [
      'bad YAML',
      'master: { flavor: m1.small }',
      'master: { flavor: m1.small',
      /bad\.yaml:[56]:\d+: not valid YAML: .+/,
    ],
    [
      'an unknown key',
      'image:',
      'imgae:',
      /bad\.yaml:4:1: imgae: unknown key "imgae" \(did you mean "image"\?\); known here: kind, cloud, .*image/,
    ],
    [
      'an unknown kind',
      'kind: spark',
      'kind: spork',
      /bad\.yaml:1:7: kind: must be one of common, spark, cluster, web, got "spork"/,
    ],
    ['count 0', 'count: 2', 'count: 0', /bad\.yaml:6:37: workers\.count: must be at least 1, got 0/],
    ['count -1', 'count: 2', 'count: -1', /bad\.yaml:6:37: workers\.count: must be at least 1, got -1/],
    [
      'an unknown common environment',
      'common: badcommon',
      'common: badcomon',
      /bad\.yaml:3:9: common: no common environment "badcomon" \(did you mean "badcommon"\?\): there are badcommon$/m,
    ],
  ];

  test.each(cases)('refuses %s', async (_, from, to, told) => {
    project.write('bad', changed(BAD, from, to));

    expect(await refusal(['up', 'bad'], 2)).toMatch(told);
  });

  test('refuses everything that is wrong at once', async () => {
    project.write('bad', BAD.replace('image:', 'imgae:').replace('count: 2', 'count: 0'));

    const told = await refusal(['up', 'bad'], 2);

    expect(told).toMatch(/:4:1: imgae/);
    expect(told).toMatch(/:6:37: workers\.count/);
  });

  test('refuses a name that no host could have', async () => {
    project.write('Bad_Name', BAD);
    const told = await refusal(['up', 'Bad_Name'], 2);
    rmSync(project.file('environments', 'Bad_Name.yaml'));

    expect(told).toMatch(
      /Bad_Name\.yaml:1:1: "Bad_Name" .*can't be an environment's name: lower-case letters, digits and/,
    );
  });

  test('refuses a public key that is none, and a private one', async () => {
    writeFileSync(project.file('none.pub'), 'ssh-ed25519 nonsense\n');

    project.write('badcommon', changed(COMMON, './key.pub', './none.pub'));
    expect(await refusal(['up', 'badcommon'], 2)).toMatch(
      /badcommon\.yaml:3:19: ssh\.publicKey: .*none\.pub is no SSH public key: "ssh-ed25519 nonsense" \(a line such as/,
    );

    project.write('badcommon', changed(COMMON, './key.pub', './key'));
    expect(await refusal(['up', 'badcommon'], 2)).toMatch(/key is a private key: name its public half, .*key\.pub/);
  });
});

describe('the call', () => {
  test('refuses an environment that is not there', async () => {
    expect(await refusal(['up', 'bda'], 2)).toMatch(
      /no environment "bda" \(did you mean "bad"\?\): there are bad, badcommon/,
    );
  });

  test('refuses an unknown command and an unknown option', async () => {
    expect(await refusal(['upp', 'bad'], 2)).toMatch(/unknown command 'upp'\n\(Did you mean up\?\)\n[\s\S]*--help/);
    expect(await refusal(['up', 'bad', '--trust-on-first-us'], 2)).toMatch(
      /unknown option '--trust-on-first-us'\n\(Did you mean --trust-on-first-use\?\)\n[\s\S]*--help/,
    );
    expect(await refusal(['up'], 2)).toMatch(/missing required argument 'environment'[\s\S]*--help/);
  });

  test('refuses to configure what is not deployed', async () => {
    expect(await refusal(['configure', 'bad'], 1)).toMatch(
      /bad is not deployed: "firesteel up bad" creates and configures it/,
    );
  });

  test('refuses to look for nodes in a common environment', async () => {
    expect(await refusal(['status', 'badcommon'], 2)).toMatch(/badcommon .*has no nodes: name one of bad$/m);
  });
});

describe('the login', () => {
  const inCloud = (cloud: string) => project.write('badcommon', changed(COMMON, 'cloud: own', `cloud: ${cloud}`));

  test('refuses a cloud that is in no clouds.yaml', async () => {
    inCloud('onw');
    const told = await refusal(['up', 'badcommon'], 2);

    expect(told).toMatch(/cloud "onw" is in no clouds\.yaml\. Did you mean "own"\? Known: .*own/);
    expect(told).toContain(project.file('clouds.yaml'));
  });

  test('refuses where there is no clouds.yaml at all, and says where it looked', async () => {
    const home = project.file('empty-home');
    mkdirSync(home, { recursive: true });
    const elsewhere = await Project.create({ environments: { badcommon: COMMON } });
    const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
    const env = { HOME: home, XDG_CACHE_HOME: cache, FIRESTEEL_SANDBOX_DIR: join(home, 'sandbox') };
    const told = await refusal(['--dir', elsewhere.dir, 'up', 'badcommon'], 2, env);
    elsewhere.remove();

    expect(told).toMatch(/cloud "own" is asked for, and there is no clouds\.yaml/);
    expect(told).toContain(join(home, '.config/openstack/clouds.yaml'));
    expect(told).toMatch(/Download clouds\.yaml .* or source an openrc\.sh, or give it with --openrc/);
  });

  test('fails for a wrong password, without telling it', async () => {
    inCloud('wrong-password');
    const told = await refusal(['up', 'badcommon'], 1);

    expect(told).toContain(tenant.name);
    expect(told).toMatch(/password/);
    expect(told).toMatch(/clouds\.yaml/);
    expect(told).not.toContain(tenant.password);
  });

  test('fails for a token that was revoked', async () => {
    project.write('badcommon', changed(COMMON, 'cloud: own\n', ''));
    const token = await tenant.revokedToken();
    const scope = { OS_PROJECT_NAME: tenant.name, OS_PROJECT_DOMAIN_NAME: 'Default' };
    const env = { OS_AUTH_URL: tenant.authUrl, OS_AUTH_TYPE: 'token', OS_TOKEN: token, ...scope };
    const told = await refusal(['up', 'badcommon'], 1, env);

    expect(told).toMatch(/the token is expired or revoked \(OS_\* variables\); get a new one: openstack token issue/);
    expect(told).not.toContain(token);
  });

  test('fails for an API that can not be reached', async () => {
    inCloud('closed');

    expect(await refusal(['up', 'badcommon'], 1)).toMatch(
      /OpenStack API at 127\.0\.0\.1:\d+ can't be reached: connection refused: nothing listens there/,
    );
  });
});

describe('the cloud', () => {
  test('refuses all unknown names and a flavor too small for its role, each with its place', async () => {
    project.write('badcommon', changed(COMMON, 'external: public', 'external: publik'));
    project.write(
      'bad',
      BAD.replace('debian-12', 'debian-13').replace('m1.small', 'm1.smal').replace('m1.small,', 'm1.tiny,'),
    );

    const told = await refusal(['up', 'bad'], 2);

    expect(told).toMatch(/^error: bad can't be made in this cloud; nothing was changed:$/m);
    expect(told).toMatch(
      /bad\.yaml:5:19: there is no flavor "m1\.smal"\. Did you mean "m1\.small"\? There are: .*m1\.large/,
    );
    expect(told).toMatch(/bad\.yaml:4:8: there is no image "debian-13"\. Did you mean "debian-12"\?/);
    expect(told).toMatch(/badcommon\.yaml:5:22: there is no external network "publik"\. Did you mean "public"\?/);
    expect(told).toMatch(
      /bad\.yaml:6:20: flavor "m1\.tiny" of group worker has 512 MiB of memory, role spark-worker needs at least \d+ MiB: take/,
    );
  });

  test('refuses a network that is not there', async () => {
    const network = 'network: { existing: nowhere, subnet: nowhere, external: public }\n';
    project.write('badcommon', COMMON.replace(/^network: .*\n/m, network));

    expect(await refusal(['up', 'badcommon'], 2)).toMatch(
      /badcommon\.yaml:5:22: there is no network "nowhere"\. .*There are: .*public/,
    );
  });

  test('refuses what the quota has no room for, with what is needed and what is free', async () => {
    await tenant.limit({ instances: 2, cores: 20 }, { floatingip: 0 });
    const told = await refusal(['up', 'bad'], 2);
    await tenant.unlimit();

    expect(told).toMatch(/quota of servers: 3 needed, 2 free \(0 of 2 used\); ask for less, delete something, or have/);
    expect(told).toMatch(/quota of floating IPs: 1 needed, 0 free/);
    expect(told).toMatch(/^resource +need +free$/m);
    expect(told).toMatch(/^servers +3 +2 +0 of 2 used +1 too few$/m);
    expect(told).toMatch(/^floating IPs +1 +0 +0 of 0 used +1 too few$/m);
    expect(told).toMatch(/^cores +3 +20 /m);
  });
});
