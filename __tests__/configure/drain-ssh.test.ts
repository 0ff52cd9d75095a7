import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configureNodes } from '../../configure/configure-nodes';
import { Connector } from '../../configure/connect';
import { drainNodes } from '../../configure/drain';
import { stopNodes } from '../../configure/stop-nodes';
import { unit } from '../../operations/unit';
import type { Role } from '../../roles/role';
import { sshdFixture } from '../_ssh-fixture';
import { connectOptions, deployedNode } from '../_ssh-node';
import { describeSsh } from '../_sshd';
import { LocalCluster } from './_cluster';

/**
 * systemd as far as `unit` speaks to it, on a machine that has none of its own: units are files of /run/units, and what is
 * done to them is written down.
 */
const SYSTEMCTL = `#!/bin/sh
verb=$1; for name do :; done
state=/run/units/$name
case $verb in
  show) echo "ActiveState=$(cat $state 2>/dev/null || echo inactive)"
    echo "UnitFileState=$(cat $state.enabled 2>/dev/null || echo disabled)"; echo NeedDaemonReload=no ;;
  is-active) cat $state 2>/dev/null || { echo inactive; exit 3; } ;;
  restart) echo active >$state; echo "$verb $name" >>/run/units/log ;;
  stop) echo inactive >$state; echo "$verb $name" >>/run/units/log ;;
  enable) echo enabled >$state.enabled ;;
  disable) echo disabled >$state.enabled ;;
esac
`;

const worker: Role = {
  name: 'worker',
  summary: '',
  exposes: [],
  start: () => [unit({ name: 'drain-test.service', content: '[Service]\nExecStart=/bin/true\n' })],
  drain: () => ({ begin: 'touch /run/units/kept', load: 'cat /run/units/load' }),
};

describeSsh('over SSH', () => {
  const ssh = sshdFixture((folder) => {
    writeFileSync(join(folder, 'systemctl'), SYSTEMCTL, { mode: 0o755 });
    const setUp = `mkdir /run/units
mount -t tmpfs tmpfs /usr/local/sbin
cp ${folder}/systemctl /usr/local/sbin/
mount -t tmpfs tmpfs /var/lib
mount -t tmpfs tmpfs /etc/systemd/system`;
    return { setUp };
  });
  let cluster: LocalCluster;
  let connector: Connector;

  beforeAll(async () => {
    cluster = new LocalCluster({ worker: { count: 1, roles: [worker] } });
    const node = deployedNode('worker-0', { address: ssh.sshd.address });
    const options = await connectOptions(
      [node],
      ssh.key.file,
      { 'worker-0': ssh.sshd.hostKeys },
      { port: ssh.sshd.port },
    );
    connector = new Connector(options);
  });
  afterAll(() => {
    connector.close();
    cluster.dispose();
  });

  const options = () => ({
    ...cluster.runOptions,
    connect: () => connector.connect(deployedNode('worker-0', { address: ssh.sshd.address })),
  });
  const onNode = async (script: string) => (await options().connect()).apply(script);
  const log = async () => (await onNode('cat /run/units/log; : >/run/units/log')).trim().split('\n');

  test('a drain that broke off is undone by the next configure; one that went well ends with a stop', async () => {
    expect((await configureNodes(options())).failed).toBe(0);
    expect((await configureNodes(options())).changed).toBe(0);
    expect(await log()).toEqual(['restart drain-test.service']);

    await onNode('echo 1 >/run/units/load');
    await expect(drainNodes({ ...options(), withinSeconds: 0 })).rejects.toThrow(
      'worker is not empty after 0 s: 1 left',
    );
    expect(await onNode('ls /run/units/kept')).toBe('/run/units/kept\n');

    await onNode('echo 0 >/run/units/load');
    const report = await configureNodes(options());
    expect(report.nodes[0]!.changes.map(({ description }) => description)).toEqual(['restart drain-test.service']);
    expect(await log()).toEqual(['restart drain-test.service']);
    expect((await configureNodes(options())).changed).toBe(0);

    expect((await drainNodes(options())).drained).toEqual(['worker-0']);
    const stopped = await stopNodes(options());
    expect(stopped.nodes[0]!.changes.map(({ description }) => description)).toEqual([
      'disable drain-test.service',
      'stop drain-test.service',
    ]);
    expect((await stopNodes(options())).changed).toBe(0);
    expect((await drainNodes(options())).drained).toEqual(['worker-0']);
  });
});
