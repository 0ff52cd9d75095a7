import { SPARK_PORTS } from '../../roles';
import { exposedPorts, servicePorts } from './_expected-ports';
import type { Nodes } from './_nodes';
import { letThrough, type ScanResult, scanFrom } from './_scan';

/** What nodes with a bastion, a master and two workers let through to each other. */
export function describeInside(nodes: () => Nodes): void {
  describe('from inside', () => {
    /** Ports of no service; the roles open the first and not the second. */
    const DECLARED = SPARK_PORTS.driver[1];
    const UNDECLARED = 9999;
    const WAYS = [
      ['bastion-0', 'master-0'],
      ['bastion-0', 'worker-0'],
      ['master-0', 'bastion-0'],
      ['master-0', 'worker-0'],
      ['worker-0', 'bastion-0'],
      ['worker-0', 'master-0'],
      ['worker-0', 'worker-1'],
    ] as const;
    const found: Record<string, ScanResult> = {};

    beforeAll(async () => {
      await Promise.all(['master-0', 'worker-0', 'worker-1'].map((node) => listenOn(node, [DECLARED, UNDECLARED])));
      const scans = WAYS.map(async ([from, to]) => {
        found[`${from} → ${to}`] = await scanFrom(nodes(), from, nodes().find(to).address);
      });
      await Promise.all(scans);
    });

    test('of all TCP ports exactly those let something through that the roles expose to each other', () => {
      const expected = WAYS.map(([from, to]) => [
        `${from} → ${to}`,
        exposedPorts(nodes().find(from), nodes().find(to)),
      ]);
      const passing = Object.entries(found).map(([way, result]) => [way, letThrough(result)]);
      expect(Object.fromEntries(passing)).toEqual(Object.fromEntries(expected));
    });

    test('declared ports lead to their services, and undeclared ones not, though something listens there', async () => {
      const { master, masterPage, worker, workerPage } = SPARK_PORTS;
      expect(found['worker-0 → master-0'].open).toEqual([master, DECLARED]);
      expect(found['master-0 → worker-0'].open).toEqual([worker, DECLARED, workerPage].sort((a, b) => a - b));
      expect(found['worker-0 → worker-1'].open).toEqual([DECLARED]);
      expect(found['bastion-0 → worker-0'].open).toEqual([22]);
      const listening = [masterPage, SPARK_PORTS.history, UNDECLARED, 22];
      expect(await listeningPorts('master-0')).toEqual(expect.arrayContaining(listening));
    });

    test('6066, where Spark would take programs from anybody, is closed, and nothing listens there', async () => {
      expect(await listeningPorts('master-0')).not.toContain(SPARK_PORTS.rest);
      const throughIt = Object.entries(found).filter(([, result]) => letThrough(result).includes(SPARK_PORTS.rest));
      expect(throughIt).toEqual([]);
    });

    test('nothing listens to other machines but what a role names', async () => {
      for (const node of new Set(WAYS.flat())) {
        const named = [...servicePorts(nodes().find(node)), DECLARED, UNDECLARED];
        expect((await listeningPorts(node)).filter((port) => !named.includes(port))).toEqual([]);
      }
    });

    async function listenOn(node: string, ports: readonly number[]): Promise<void> {
      const code =
        'import signal, socket, sys; keep = [socket.create_server(("", int(p))) for p in sys.argv[1:]]; signal.pause()';
      const unit = 'systemd-run -q --collect --unit=security-test --property=Type=exec';
      await nodes().sudo(node, `${unit} python3 -I -c '${code}' ${ports.join(' ')}`);
    }

    /** Ports that a process of the node listens on at an address that others can reach. */
    async function listeningPorts(node: string): Promise<number[]> {
      const lines = (await nodes().sudo(node, 'ss -Hltn')).split('\n');
      const local = lines.map((line) => line.trim().split(/\s+/)[3] ?? '').filter((address) => address !== '');
      return local
        .filter((address) => !/^(127\.|\[::1\]|\[::ffff:127\.)/.test(address))
        .map((address) => Number(address.split(':').at(-1)));
    }
  });
}
