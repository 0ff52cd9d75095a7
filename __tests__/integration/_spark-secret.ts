import { readFileSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findRole, SPARK_PORTS } from '../../roles';
import type { ArgvWatch } from './_argv-watch';
import type { Nodes } from './_nodes';
import type { Project } from './_project';
import { placesOf } from './_secret-search';

const MINUTES = 60_000;
const NODES = ['bastion-0', 'master-0', 'worker-0', 'worker-1'];
const DAEMON_CONF = '/etc/spark/daemon.conf';

/** The environment `sec` of a project, with these nodes, and what was seen of processes meanwhile. */
export interface SecretGround {
  readonly project: Project;
  readonly nodes: Nodes;
  readonly argv: ArgvWatch;
}

/** What Spark's services know each other by: who has it, and that nobody else sees it. */
export function describeSparkSecret(ground: () => SecretGround): void {
  describe('the secret', () => {
    function secret(): string {
      interface Secrets {
        projects: Record<string, { environments: Record<string, Record<string, string>> }>;
      }
      const { projects } = ground().project.json<Secrets>('config', 'firesteel', 'secrets.json');
      return Object.values(projects)[0].environments.sec['spark.authenticate'];
    }

    test('a worker with another one is not taken in; configure gives it the right one, and it is', async () => {
      const { address } = ground().nodes.find('worker-1');
      expect(await aliveWorkers()).toContain(address);
      // WHEN
      const since = await ground().nodes.sudo('worker-1', 'date +%s');
      const wrong = `s/^(spark\\.authenticate\\.secret) .*/\\1 ${'0'.repeat(64)}/`;
      await ground().nodes.sudo('worker-1', `sed -E -i '${wrong}' ${DAEMON_CONF}; systemctl restart spark-worker`);
      // THEN it tries, and gets nowhere
      const journal = () => ground().nodes.sudo('worker-1', `journalctl -q -o cat -u spark-worker --since @${since}`);
      await until(async () => /Failed to connect to master/.test(await journal()));
      expect(await journal()).not.toContain('Successfully registered with master');
      expect(await aliveWorkers()).not.toContain(address);
      const { status, stdout } = await ground().project.firesteel('status', 'sec');
      expect(stdout).toContain('no master has taken this worker in');
      expect(status).toBe(1);
      // AND
      await ground().project.start('configure', 'sec').succeeded();
      expect(await aliveWorkers()).toContain(address);
    });

    test('is in no file of the project, and in nothing that a command said', () => {
      const keeper = ground().project.file('config', 'firesteel', 'secrets.json');
      const files = ground().project.files();
      expect(files).toEqual(expect.arrayContaining([keeper, ground().project.file('terraform.sec.tfstate')]));
      expect(files.some((file) => file.startsWith(ground().project.file('cdktf.out', 'stacks', 'sec')))).toBe(true);
      expect(files.filter((file) => readFileSync(file).includes(secret()))).toEqual([keeper]);
      expect(statSync(keeper).mode & 0o777).toBe(0o600);
      expect(ground().project.said).not.toContain(secret());
    });

    test('is on the nodes where Spark runs, for Spark alone, and not in what systemd tells', async () => {
      await Promise.all(NODES.map(checkNode));

      async function checkNode(name: string): Promise<void> {
        const places = await placesOf(ground().nodes, name, secret());
        const { roles } = ground().nodes.find(name);
        const needed = roles.some((role) => findRole(role).secrets?.length);
        expect(places.some(({ place }) => place === DAEMON_CONF)).toBe(Boolean(needed));
        expect(places.filter(({ place }) => !place.startsWith('/etc/spark/'))).toEqual([]);
        expect(places.filter(({ forAll }) => forAll)).toEqual([]);
      }
    });

    test('was in no command line of any process, here or on the nodes', () => {
      for (const seen of [
        'spark.deploy.worker.Worker',
        'CoarseGrainedExecutorBackend',
        'SparkSubmit',
        'firesteel.js configure sec',
      ])
        expect(ground().argv.lines.some((line) => line.includes(seen))).toBe(true);
      expect(ground().argv.lines.filter((line) => line.includes(secret()))).toEqual([]);
    });

    /** Addresses of the workers that the master counts on. */
    async function aliveWorkers(): Promise<string[]> {
      const url = `http://${ground().nodes.find('master-0').address}:${SPARK_PORTS.masterPage}/json/`;
      const ask = `import sys, urllib.request; sys.stdout.write(urllib.request.urlopen('${url}').read().decode())`;
      interface Master {
        workers: { host: string; state: string }[];
      }
      const { workers } = JSON.parse((await ground().nodes.python('master-0', ask)).stdout) as Master;
      return workers.filter(({ state }) => state === 'ALIVE').map(({ host }) => host);
    }

    async function until(holds: () => Promise<boolean>): Promise<void> {
      const end = Date.now() + 2 * MINUTES;
      while (!(await holds())) {
        if (Date.now() > end) throw new Error('it did not come to that within two minutes');
        await sleep(1000);
      }
    }
  });
}
