/** States that several people share: in PostgreSQL on the cloud, and behind HTTP; who comes second is told who was first. */
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { findPgLockHolder } from '../../lifecycle/_pg-lock';
import type { StateBackend } from '../../plan/state-backend';
import { sandboxSettings } from '../../sandbox/settings';
import { ArgvWatch } from './_argv-watch';
import { descendants } from './_descendants';
import { HeldStack, showLock } from './_held-stack';
import { Postgres } from './_postgres';
import { commonYaml, Project } from './_project';
import { type Ended, lastLine } from './_run';
import { StateServer } from './_state-server';

const FIRESTEEL = join(__dirname, '..', '..', 'bin', 'firesteel.js');
/** Where the provider finds the sandbox. */
const CLOUD = { OS_CLIENT_CONFIG_FILE: sandboxSettings().clouds };
const CIDR = '10.94.0.0/24';
/** Of OpenTofu 1.10.10, as PostgreSQL shows it while one makes the state of a schema `lock_test`. */
const OPENTOFU_CREATES = '-1336576355';
const LOCKS = "SELECT 1 FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory'";
const DEV = `kind: spark
cloud: sandbox
image: debian-12
common: shared
master: { flavor: m1.tiny }
workers: { flavor: m1.tiny, count: 1 }
`;

interface Stack {
  readonly resource: { readonly openstack_networking_secgroup_v2: Readonly<Record<string, unknown>> };
}

let postgres: Postgres;
let argv: ArgvWatch;
let alice: Project;
let bob: Project;

beforeAll(async () => {
  argv = new ArgvWatch();
  postgres = await Postgres.start();
  const env = { PGUSER: postgres.user, PGPASSWORD: postgres.password };
  const operator = (name: string) => ({
    ...env,
    GITLAB_CI: 'true',
    GITLAB_USER_LOGIN: name,
    CI_JOB_URL: `https://ci/${name}`,
  });
  const environments = { shared: commonYaml({ cidr: CIDR }), dev: DEV };
  alice = await Project.create({ environments, env: operator('alice') });
  bob = await Project.create({ environments, env: operator('bob') });
  for (const file of ['key', 'key.pub']) copyFileSync(alice.file(file), bob.file(file));
});

afterAll(async () => {
  argv?.stop();
  for (const project of [alice, bob]) project?.remove();
  await postgres?.stop();
});

function sharedYaml(access?: readonly string[]): string {
  const common = commonYaml({ cidr: CIDR, ...(access && { access }) });
  return `${common}state:\n  backend: pg\n  address: ${postgres.address}\n  schema: spark_{environment}\n`;
}

function writeForBoth(name: string, text: string): void {
  for (const project of [alice, bob]) project.write(name, text);
}

/** Terraform in the folder of a project's stack, as a user may run it. */
async function terraform(project: Project, stack: string, ...args: readonly string[]): Promise<Ended> {
  const shell = lastLine<NodeJS.ProcessEnv>(await project.start('tools', 'env', '--json').succeeded());
  const folder = `-chdir=${project.file('cdktf.out', 'stacks', stack)}`;
  return project.program(shell.TERRAFORM_BINARY_NAME!, [folder, ...args], { ...shell, ...CLOUD }).succeeded();
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50));
}

describe('PostgreSQL keeps the states of two operators', () => {
  test('a plan that names a backend does not make Terraform forget the local state: it is moved on demand', async () => {
    await alice.start('up', 'shared').succeeded();
    writeForBoth('shared', sharedYaml());

    const refused = await alice.firesteel('up', 'shared');
    expect(refused.status).toBe(3);
    expect(refused.text).toMatch(
      /refused: the file \S+terraform\.shared\.tfstate holds the state of shared \(\d+ resources\)/,
    );
    expect(refused.text).toContain('"firesteel state move shared" moves it there');

    const file = alice.file('terraform.shared.tfstate');
    const { resources } = JSON.parse(readFileSync(file, 'utf8')) as { resources: { mode: string }[] };
    expect(lastLine(await alice.start('state', 'move', 'shared', '--json').succeeded())).toMatchObject({
      moved: true,
      resources: resources.filter(({ mode }) => mode === 'managed').length,
      to: expect.stringContaining('spark_shared'),
    });
    expect([existsSync(file), existsSync(`${file}.moved`)]).toEqual([false, true]);
    expect(lastLine(await alice.start('up', 'shared', '--json').succeeded())).toMatchObject({ applied: 0 });
  });

  test('the other operator sees what the first has made', async () => {
    expect(lastLine(await bob.start('up', 'shared', '--json').succeeded())).toMatchObject({ applied: 0 });
  });

  test('while one of them applies, the other is told who does what since when, and that is not himself', async () => {
    writeForBoth('shared', sharedYaml([`${sandboxSettings().net.host}/32`, '198.51.100.7/32']));
    const first = alice.start('up', 'shared', '--json');
    await until(async () => (await postgres.query(`${LOCKS} AND application_name LIKE 'terraform apply%'`)).length > 0);
    const [terraform] = descendants(first.pid, 'apply');
    process.kill(terraform!, 'SIGSTOP');
    try {
      const second = await bob.firesteel('up', 'shared');
      expect(second.status).toBe(1);
      expect(second.text).toMatch(
        /the state of shared is in use by another run \(alice, https:\/\/ci\/alice as terraform from 127\.0\.0\.1, terraform apply, since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\): wait until that has ended/,
      );
      expect(second.text).not.toContain('bob');
    } finally {
      process.kill(terraform!, 'SIGCONT');
    }
    expect(lastLine(await first.succeeded())).toMatchObject({ applied: expect.any(Number) });
    expect(lastLine(await bob.start('up', 'shared', '--json').succeeded())).toMatchObject({ applied: 0 });
  });

  test('a cluster keeps its state beside that of its common environment, in a schema of its own', async () => {
    for (const project of [alice, bob]) await project.start('validate', 'dev', '--offline').succeeded();
    const stack = alice.json<Stack>('cdktf.out', 'stacks', 'dev', 'cdk.tf.json');
    const [group] = Object.keys(stack.resource.openstack_networking_secgroup_v2);
    const target = `-target=openstack_networking_secgroup_v2.${group}`;
    await terraform(alice, 'dev', 'apply', '-auto-approve', '-input=false', target);

    const schemas = await postgres.query<{ name: string }>(
      "SELECT schema_name AS name FROM information_schema.schemata WHERE schema_name LIKE 'spark%' ORDER BY 1",
    );
    expect(schemas.map(({ name }) => name)).toEqual(['spark_dev', 'spark_shared']);
    expect(existsSync(alice.file('terraform.dev.tfstate'))).toBe(false);
    expect((await terraform(bob, 'dev', 'state', 'list')).stdout).toContain(group);
    expect(lastLine(await bob.start('env', 'ls', '--json').succeeded())).toEqual([
      expect.objectContaining({ name: 'dev', deployed: 'elsewhere' }),
      expect.objectContaining({ name: 'shared', deployed: 'elsewhere' }),
    ]);
  });

  test('what another stands on is not taken down, though only the backend knows that it is deployed', async () => {
    const { status, text } = await bob.firesteel('down', 'shared');

    expect(status).toBe(3);
    expect(text).toContain('shared is what dev stands on, and still deployed');
  });

  test('nor when the backend can not be asked', async () => {
    const unasked = bob.program(process.execPath, [FIRESTEEL, 'down', 'shared'], {
      PGPASSWORD: 'wrong',
    });
    const { status, text } = await unasked.ended;

    expect(status).toBe(3);
    expect(text).toMatch(/dev stands on shared, and whether it is still deployed could not be found out: .*password/s);
  });

  test('the password is in no file and no command line', () => {
    const files = [alice, bob].flatMap((project) => project.files());
    expect(files.length).toBeGreaterThan(20);
    expect(files.filter((file) => readFileSync(file).includes(postgres.password))).toEqual([]);
    expect(argv.lines.filter((line) => line.includes(postgres.password))).toEqual([]);
    expect(alice.said + bob.said).not.toContain(postgres.password);
  });
});

test('in PostgreSQL the first work on one environment keeps nobody out of another', async () => {
  const address = postgres.address;
  const env = { PGUSER: postgres.user, PGPASSWORD: postgres.password };
  const [first, second] = ['one', 'two'].map((project) => {
    return new HeldStack({ backend: 'pg', address, schema: `${project}_{environment}` }, env);
  });
  const plan = await first!.terraform.plan();
  const applying = first!.terraform.apply(plan);
  try {
    await until(async () => (await postgres.query(`${LOCKS} AND application_name LIKE 'terraform apply%'`)).length > 0);
    expect(await second!.terraform.plan()).toMatchObject({ empty: false });
  } finally {
    first!.letGo();
    await applying;
  }
  for (const stack of [first!, second!]) stack.remove();
});

describe('the holder of a lock in PostgreSQL', () => {
  const schema = 'lock_test';
  const holderOf = (lock: string) => holding(lock, () => findPgLockHolder(settings(), shell()));
  const settings = () => ({ conn_str: postgres.address, schema_name: schema });
  const shell = () => ({ PGUSER: postgres.user, PGPASSWORD: postgres.password });

  beforeAll(async () => {
    await postgres.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${postgres.user}`);
    await postgres.query(`CREATE TABLE ${schema}.states (id bigint, name text)`);
    await postgres.query(`INSERT INTO ${schema}.states VALUES (4242, 'default')`);
    await postgres.query(`GRANT SELECT ON ${schema}.states TO ${postgres.user}`);
  });

  /** As Terraform takes it, by somebody who is no run of ours. */
  async function holding<T>(lock: string, work: () => Promise<T>): Promise<T> {
    const login = { host: '127.0.0.1', port: postgres.port, database: postgres.database };
    const client = new Client({ ...login, user: postgres.user, password: postgres.password });
    await client.connect();
    try {
      await client.query('SELECT pg_advisory_lock($1)', [lock]);
      return await work();
    } finally {
      await client.end();
    }
  }

  test.each([
    ['of a state that is there', '4242'],
    ['of one that Terraform is about to make', '-1'],
    ['of one that OpenTofu is about to make', OPENTOFU_CREATES],
  ])('%s is who logged in, where no run of ours says more', async (_what, lock) => {
    expect(await holderOf(lock)).toEqual({
      who: 'as terraform from 127.0.0.1',
      since: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC$/),
    });
  });

  test('is nobody where only another lock is held, or none', async () => {
    expect(await holderOf('4243')).toBeUndefined();
    expect(await findPgLockHolder(settings(), shell())).toBeUndefined();
  });
});

describe('a state behind HTTP', () => {
  let server: StateServer;
  const stackAt = (folder: string) => {
    const env = { TF_HTTP_USERNAME: server.user, TF_HTTP_PASSWORD: server.password };
    return new HeldStack(stateAt(folder), env);
  };
  const stateAt = (folder: string): StateBackend => {
    return { backend: 'http', address: `${server.address}/${folder}/{environment}` };
  };

  beforeAll(async () => {
    server = await StateServer.start();
  });

  afterAll(() => server?.stop());

  test('is locked while it is worked on, and who comes second is told by whom', async () => {
    const [first, second] = [stackAt('shared'), stackAt('shared')];
    await showLock(first, second, () => server.isLocked('/shared/dev'));
    expect(server.isLocked('/shared/dev')).toBe(false);
    for (const stack of [first, second]) stack.remove();
  });

  test('moves to another place on demand, and whoever comes later finds it there; another state is left alone', async () => {
    const [mover, other, stranger] = [stackAt('old'), stackAt('old'), stackAt('taken')];
    for (const stack of [mover, other, stranger]) stack.letGo();
    for (const { terraform } of [mover, stranger]) await terraform.apply(await terraform.plan());
    expect(await other.terraform.plan()).toMatchObject({ empty: true });

    mover.keepIn(stateAt('taken'));
    const refused =
      /^refused: http:\S+\/old\/dev holds the state of dev \(1 resource\), and its plan wants it in http:\S+\/taken\/dev, where there is another one \(1 resource\): let the plan name another place/;
    await expect(mover.terraform.plan()).rejects.toThrow(refused);
    await expect(mover.terraform.moveState()).rejects.toThrow(refused);

    mover.keepIn(stateAt('new'));
    await expect(mover.terraform.plan()).rejects.toThrow(
      /where there is none: "firesteel state move dev" moves it there/,
    );
    expect(await mover.terraform.moveState()).toMatchObject({ resources: 1, to: `${server.address}/new/dev` });
    other.keepIn(stateAt('new'));
    for (const { terraform } of [mover, other]) expect(await terraform.plan()).toMatchObject({ empty: true });
    expect(server.paths.sort()).toEqual(['/new/dev', '/old/dev', '/shared/dev', '/taken/dev']);
    for (const stack of [mover, other, stranger]) stack.remove();
  });
});
