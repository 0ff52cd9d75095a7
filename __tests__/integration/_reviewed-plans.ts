import { cpSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import type { SavedPlan } from '../../lifecycle/saved-plan';
import { sandboxSettings } from '../../sandbox/settings';
import type { Cluster } from './_cluster';
import { type Ended, lastLine } from './_run';

/** A plan that was reviewed is carried out exactly, or not at all. The cluster has a master and two workers. */
export function describeReviewedPlans(cluster: () => Cluster): void {
  const firesteel = (...args: readonly string[]): Promise<Ended> => cluster().project.firesteel(...args);
  const planUpdate = async (): Promise<SavedPlan> =>
    lastLine(await firesteel('plan', 'dev', '--to', 'update', '--json'));
  const plans = (...names: readonly string[]): string => cluster().project.file('.firesteel', 'plans', ...names);

  describe('a reviewed plan', () => {
    test('has nothing to do where nothing differs, and says so by the exit status', async () => {
      const { status, stdout } = await firesteel('plan', 'dev', '--to', 'update', '--detailed-exitcode');

      expect(stdout).toContain('In the cloud: nothing to change');
      expect(stdout).toContain('On the nodes: nothing to change on 3 nodes');
      expect(status).toBe(0);
    });

    test('shows files with their differences and what restarts, node by node, for people, programs and merge requests', async () => {
      await cluster().withPlan(withConf('spark.worker.timeout: 90'), async () => {
        const { status, stdout } = await firesteel('plan', 'dev', '--to', 'update', '--detailed-exitcode');
        expect(stdout).toMatch(/master-0: \d+ changes?, restarts spark-master\.service/);
        expect(stdout).toContain('write /etc/spark/daemon.conf');
        expect(status).toBe(2);

        const { nodes } = await planUpdate();
        expect(nodes.map(({ name, basis }) => [name, basis])).toEqual(
          ['master-0', 'worker-0', 'worker-1'].map((name) => [name, 'facts']),
        );

        const markdown = await firesteel('plan', 'dev', '--to', 'update', '--markdown');
        expect(markdown.stdout).toMatch(/^### dev: plan to update[\s\S]*<details>[\s\S]*restarts spark-master/);
      });
    });

    test('assumes new nodes to be bare, and asks nothing of the others but what they are', async () => {
      await cluster().withPlan(cluster().plan.replace('count: 2', 'count: 3'), async () => {
        const { changes, nodes } = await planUpdate();

        expect(changes.map(({ action, name }) => `${action} ${name}`)).toContain('create dev-worker-2');
        expect(nodes.find(({ name }) => name === 'worker-2')).toMatchObject({ basis: 'assumed bare' });
        expect(nodes.filter((node) => node.changes.length > 0).map(({ name }) => name)).toEqual(['worker-2']);
      });
      expect(cluster().project.json('environments', 'dev.nodes.json')).toMatchObject({
        groups: { worker: { nodes: [0, 1] } },
      });
    });

    test('is for its owner only, and holds no secret', async () => {
      await planUpdate();
      const secret = (
        await (
          await cluster().nodes()
        ).sudo('master-0', 'sed -n "s/^spark.authenticate.secret *//p" /etc/spark/daemon.conf')
      ).trim();
      expect(secret.length).toBeGreaterThan(30);

      for (const file of ['update.json', 'update.tfplan']) {
        expect(statSync(plans('dev', file)).mode & 0o777).toBe(0o600);
        expect(readFileSync(plans('dev', file), 'latin1')).not.toContain(secret);
      }
      const parts = await cluster()
        .project.program('python3', ['-c', UNZIP, plans('dev', 'update.tfplan')])
        .succeeded();
      expect(parts.stdout).toContain('openstack');
      expect(parts.stdout).not.toContain(secret);
      expect(parts.stdout).not.toContain(cloudPassword());
    });

    test('is refused when a node, the file or the deployed state is another by then, naming what', async () => {
      await planUpdate();
      await cluster().changeByHand('worker-0');
      const node = await firesteel('update', 'dev');
      expect(node.status).toBe(4);
      expect(node.stderr).toContain('worker-0: file /etc/spark/spark-defaults.conf has changed on the node');

      await planUpdate();
      const file = await cluster().withPlan(withConf('spark.ui.retainedJobs: 9'), () => firesteel('update', 'dev'));
      expect(file.status).toBe(4);
      expect(file.stderr).toContain('the plan has changed: settings.spark.conf.spark.ui.retainedJobs');

      const state = cluster().project.file('terraform.dev.tfstate');
      const text = readFileSync(state, 'utf8');
      const { serial } = JSON.parse(text) as { serial: number };
      writeFileSync(state, JSON.stringify({ ...JSON.parse(text), serial: serial + 1 }));
      const stale = await firesteel('update', 'dev');
      writeFileSync(state, text);
      expect(stale.status).toBe(4);
      expect(stale.stderr).toContain(`Terraform's state has serial ${serial + 1}, the plan was made at ${serial}`);
    });

    test("is refused when it is half-written, or another environment's", async () => {
      await planUpdate();
      rmSync(plans('dev', 'update.json'));
      const half = await firesteel('update', 'dev');
      expect(half.status).toBe(4);
      expect(half.stderr).toContain('the saved plan is only half written');

      await cluster().project.start('plan', 'common', '--to', 'update').succeeded();
      cpSync(plans('common'), plans('dev'), { recursive: true });
      const foreign = await firesteel('update', 'dev');
      expect(foreign.status).toBe(4);
      expect(foreign.stderr).toContain('the saved plan is one of common');
      rmSync(plans('dev'), { recursive: true });
    });

    test('is carried out exactly, once', async () => {
      const { nodes } = await planUpdate();
      const reviewed = nodes.flatMap(({ name, changes }) =>
        changes.map(({ description }) => `${name}: ${description}`),
      );
      expect(reviewed).toEqual(['worker-0: write /etc/spark/spark-defaults.conf']);

      const done = await firesteel('update', 'dev', '--json');
      expect(done.status).toBe(0);
      const { configured } = lastLine<{ configured: { nodes: SavedPlan['nodes'] } }>(done);
      expect(
        configured.nodes.flatMap(({ name, changes }) => changes.map(({ description }) => `${name}: ${description}`)),
      ).toEqual(reviewed);

      const again = await firesteel('update', 'dev');
      expect(again.status).toBe(3);
      expect(again.stderr).toContain('firesteel plan dev --to update');
    });

    test('is what up asks for where it would destroy something', async () => {
      const fewer = cluster().plan.replace('count: 2', 'count: 1');
      const { status, stderr } = await cluster().withPlan(fewer, () => firesteel('up', 'dev'));

      expect(status).toBe(3);
      expect(stderr).toContain('server dev-worker-1 would be deleted');
      expect(stderr).toContain('firesteel plan dev --to update');
    });
  });

  function withConf(line: string): string {
    return `${cluster().plan}spark: { conf: { ${line} } }\n`;
  }
}

/** Terraform's plan file is an archive of the configuration, the state and the changes. */
const UNZIP = `
import sys, zipfile
plan = zipfile.ZipFile(sys.argv[1])
for name in plan.namelist():
    sys.stdout.buffer.write(plan.read(name))
`;

function cloudPassword(): string {
  const clouds = parse(readFileSync(sandboxSettings().clouds, 'utf8')) as {
    clouds: { sandbox: { auth: { password: string } } };
  };
  return clouds.clouds.sandbox.auth.password;
}
