import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { InventoryRecord } from '../../inventory/inventory';
import type { Cluster } from './_cluster';
import { leftovers } from './_leftovers';

const NAME = 'second';

/** Another environment of the project beside a running one: neither is touched by what is done to the other. */
export function describeSecondEnvironment(cluster: () => Cluster): void {
  describe('a second environment', () => {
    let before: readonly string[];

    beforeAll(async () => {
      before = await leftovers();
      const plan = cluster().plan.replace('count: 2', 'count: 1');
      cluster().project.write(NAME, plan);
    });

    test('comes up beside the first, with names, state and secrets of its own', async () => {
      await cluster().project.start('up', NAME).succeeded();

      const now = await leftovers();
      expect(now.filter((thing) => /^server second-/.test(thing)).sort()).toEqual([
        'server second-master-0',
        'server second-worker-0',
      ]);
      const shared = (things: readonly string[]) => things.filter((thing) => /^(key pair|network|router) /.test(thing));
      expect(shared(now)).toEqual(shared(before));
      const { dev, second } = storedSecrets();
      expect(second!['spark.authenticate']).toMatch(/^[0-9a-f]{32,}$/);
      expect(second!['spark.authenticate']).not.toBe(dev!['spark.authenticate']);
      expect(await cluster().status()).toBe(0);
    });

    test('keeps what they share in place: the refusal names both', async () => {
      const { status, stderr } = await cluster().project.firesteel('plan', 'common', '--to', 'destroy');

      expect(status).toBe(3);
      expect(stderr).toMatch(/common is what dev, second stand on/);
    });

    test("does not go by the other's plan", async () => {
      const { project } = cluster();
      await project.start('plan', 'dev', '--to', 'destroy').succeeded();
      cpSync(project.file('.firesteel', 'plans', 'dev'), project.file('.firesteel', 'plans', NAME), {
        recursive: true,
      });
      rmSync(project.file('.firesteel', 'plans', 'dev'), { recursive: true });

      const { status, stderr } = await project.firesteel('down', NAME);

      expect(status).toBe(4);
      expect(stderr).toContain('the saved plan is one of dev');
      expect((await leftovers()).filter((thing) => /^server (dev|second)-/.test(thing))).toHaveLength(5);
    });

    test('a node of it gets a new server: drained, made anew under its name and address, healthy', async () => {
      const node = (name: string) => {
        const { cluster: output } = cluster().project.json<InventoryRecord>('.firesteel', `${NAME}.json`);
        return output.nodes.find((each) => each.name === name)!;
      };
      const [master, worker] = [node('master-0'), node('worker-0')];

      expect((await cluster().project.firesteel('node', 'replace', NAME, '--outdated')).stdout).toContain(
        'every server is as it should be',
      );
      const { status, stdout } = await cluster().project.firesteel('node', 'replace', NAME, 'worker-0');

      expect(stdout).toContain('second: worker-0 replaced');
      expect(status).toBe(0);
      expect(node('worker-0')).toMatchObject({ address: worker.address, hostname: worker.hostname });
      expect(node('worker-0').serverId).not.toBe(worker.serverId);
      expect(node('master-0')).toEqual(master);
      expect((await cluster().project.firesteel('status', NAME)).status).toBe(0);
    });

    test('goes without the first noticing', async () => {
      await cluster().project.destroy(NAME);
      rmSync(join(cluster().project.dir, 'environments', `${NAME}.yaml`));

      expect(await leftovers()).toEqual(before);
      expect(await cluster().status()).toBe(0);
    });
  });

  /** By environment, then by name. */
  function storedSecrets(): Record<string, Record<string, string>> {
    const { projects } = cluster().project.json<{
      projects: Record<string, { environments: Record<string, Record<string, string>> }>;
    }>('config', 'firesteel', 'secrets.json');
    return Object.values(projects)[0]!.environments;
  }
}
