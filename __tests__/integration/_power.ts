import { OpenStack, resolveCredentials } from '../../cloud';
import { sandboxSettings } from '../../sandbox/settings';
import type { Cluster } from './_cluster';
import type { Ended } from './_run';

/** Stopping and starting a cluster and single nodes, with servers and without. All works again afterwards. */
export function describePower(cluster: () => Cluster): void {
  const firesteel = (...args: readonly string[]): Promise<Ended> => cluster().project.firesteel(...args);

  describe('stop and start', () => {
    test('of one node, services only: it rests, and nothing else differs', async () => {
      await cluster().project.start('stop', 'dev', 'worker-0', '--keep-servers').succeeded();

      const nodes = await cluster().nodes();
      expect(
        await nodes.sudo('worker-0', 'systemctl is-active spark-worker || :; systemctl is-enabled spark-worker || :'),
      ).toBe('inactive\ndisabled');
      expect(await cluster().configure()).toMatchObject({ changed: 0, failed: 0 });
      const { status, stdout } = await firesteel('status', 'dev');
      expect(stdout).toMatch(/worker-0.*stopped, as it is to be/);
      expect(status).toBe(0);
    });

    test('of the cluster: its servers are off, and no plan shows a difference', async () => {
      await cluster().project.start('stop', 'dev').succeeded();

      expect(await states()).toEqual(['SHUTOFF', 'SHUTOFF', 'SHUTOFF']);
      const { status, stdout } = await firesteel('plan', 'dev', '--to', 'update', '--detailed-exitcode');
      expect(stdout).toContain('In the cloud: nothing to change');
      expect(status).toBe(0);
      expect((await firesteel('status', 'dev')).stdout.match(/off, as it is to be/g)).toHaveLength(3);
    });

    test('refuses to run a command where nothing is on, and says what is needed first', async () => {
      const { status, stderr } = await firesteel('run', 'dev', '--', 'true');

      expect(stderr).toContain('"firesteel start dev" starts them');
      expect(status).toBe(2);
    });

    test('brings all of it back, and jobs run', async () => {
      await cluster().project.start('start', 'dev').succeeded();

      expect(await states()).toEqual(['ACTIVE', 'ACTIVE', 'ACTIVE']);
      expect(await cluster().status()).toBe(0);
      const { stdout } = await firesteel('submit', 'dev', 'local:/opt/spark/examples/src/main/python/pi.py', '2');
      expect(stdout).toMatch(/Pi is roughly 3\.1\d+/);
    });

    test('restart of one node starts its service anew, and only that one', async () => {
      const nodes = await cluster().nodes();
      const before = await Promise.all(['master-0', 'worker-0'].map((name) => nodes.sudo(name, STARTED)));

      await cluster().project.start('restart', 'dev', 'worker-0').succeeded();

      const after = await Promise.all(['master-0', 'worker-0'].map((name) => nodes.sudo(name, STARTED)));
      expect(after[0]).toBe(before[0]);
      expect(after[1]).not.toBe(before[1]);
      expect(await cluster().status()).toBe(0);
    });
  });

  async function states(): Promise<string[]> {
    const credentials = await resolveCredentials({ cloud: 'sandbox', furtherFiles: [sandboxSettings().clouds] });
    const cloud = await OpenStack.connect(credentials);
    try {
      return (await cloud.compute.servers({ name: '^dev-' })).map(({ status }) => status);
    } finally {
      await cloud.close();
    }
  }
}

const STARTED = 'systemctl show -p ExecMainPID -p ExecMainStartTimestampMonotonic "spark-*"';
