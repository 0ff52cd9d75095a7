import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { Cluster } from './_cluster';
import { Nodes } from './_nodes';
import { type Ended, lastLine } from './_run';
import { ShufflingJob } from './_shuffling-job';

const CDKTF = join(__dirname, '..', '..', 'node_modules', '.bin', 'cdktf');

/** More workers and fewer, under a running job. The cluster has a master and two workers, and has them again afterwards. */
export function describeScaling(cluster: () => Cluster): void {
  const firesteel = (...args: readonly string[]): Promise<Ended> => cluster().project.firesteel(...args);
  const planFile = () => cluster().project.file('environments', 'dev.yaml');
  const register = () => cluster().project.json<{ groups: unknown }>('environments', 'dev.nodes.json').groups;

  describe('scale', () => {
    let nodes: Nodes;

    beforeAll(async () => {
      nodes = await Nodes.of(cluster().project, 'dev');
    });

    test('to more workers touches none of the nodes that are there', async () => {
      const before = await Promise.all(
        ['master-0', 'worker-0', 'worker-1'].map((name) => nodes.sudo(name, LAST_CHANGE)),
      );

      const { status, stdout } = await firesteel('scale', 'dev', 'workers=3');

      expect(stdout).toMatch(/✔ worker-2: \d+ changes/);
      expect(stdout).not.toMatch(/✔ (master-0|worker-[01])/);
      expect(status).toBe(0);
      const after = await Promise.all(
        ['master-0', 'worker-0', 'worker-1'].map((name) => nodes.sudo(name, LAST_CHANGE)),
      );
      expect(after).toEqual(before);
      expect(await cluster().configure('--dry-run')).toMatchObject({ changed: 0, failed: 0 });
    });

    test('to fewer under a job that caches and shuffles loses no task, and the result is right', async () => {
      const job = await ShufflingJob.begin(cluster().project, 'dev', 4);

      const { status, stdout } = await firesteel('scale', 'dev', 'workers=2', '--remove', 'worker-1');

      expect(stdout).toContain('dev: worker-1 gone');
      expect(status).toBe(0);
      await job.endsWhole();
    });

    test('keeps names and comments, and uses no number again', async () => {
      expect(readFileSync(planFile(), 'utf8')).toBe(cluster().plan);
      expect(register()).toMatchObject({ worker: { next: 3, nodes: [0, 2] } });
    });

    test('leaves nothing to do for plain cdktf', async () => {
      const shell = lastLine<NodeJS.ProcessEnv>(await cluster().project.start('tools', 'env', '--json').succeeded());
      const { text } = await cluster().project.program(CDKTF, ['diff', 'dev'], shell).succeeded();

      expect(stripVTControlCharacters(text)).toContain('No changes. Your infrastructure matches the configuration.');
    });

    test('refuses a size and a node that can not be, before anything is changed', async () => {
      const none = await firesteel('scale', 'dev', 'workers=0');
      expect(none.status).toBe(2);
      expect(none.stderr).toContain('at least 1 has to stay');
      const unknown = await firesteel('scale', 'dev', 'wrokers=3');
      expect(unknown.status).toBe(2);
      expect(unknown.stderr).toContain('did you mean "workers"');
      const gone = await firesteel('node', 'delete', 'dev', 'worker-1');
      expect(gone.status).toBe(2);
      expect(gone.stderr).toContain('it has master-0, worker-0, worker-2');
      expect(register()).toMatchObject({ worker: { next: 3, nodes: [0, 2] } });
    });
  });
}

/** What of the node's configuration was written last, and since when its services run. */
const LAST_CHANGE =
  'stat -c "%n %Y" /etc/hosts /etc/spark/* /etc/systemd/system/spark-*; systemctl show -p ExecMainStartTimestampMonotonic "spark-*"';
