import type { Cluster } from './_cluster';
import { Servers } from './_servers';

/** Binds healthy nodes too: no less than a busy machine needs. */
const SSH_SECONDS = 30;
const NO_SSHD = 'this boot goes without sshd';

/** What happens to single nodes of a cluster with a master and two workers; it is whole again afterwards. */
export function describeFailingNodes(cluster: () => Cluster): void {
  describe('another host key than the known one', () => {
    test('is refused where the console log does not confirm it, with what to do, and the other nodes are finished', async () => {
      // GIVEN a node with keys of somebody's, beside one with something to put right
      const keys = await (await cluster().nodes()).sudo(
        'worker-1',
        'rm /etc/ssh/ssh_host_*; ssh-keygen -A >/dev/null; systemctl restart ssh; ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub',
      );
      const [offered = 'none'] = /SHA256:\S+/.exec(keys) ?? [];
      await cluster().changeByHand('worker-0');
      // WHEN
      const { status, stdout } = await cluster().project.firesteel('configure', cluster().name);
      // THEN
      expect(status).toBe(1);
      expect(stdout).toMatch(/✔ master-0: 0 changes/);
      expect(stdout).toMatch(/✔ worker-0: [1-9]\d* changes?/);
      expect(stdout).toMatch(/✖ worker-1: 0 changes/);
      expect(stdout).toContain('showed a wrong SSH host key and was refused; nothing was sent to it');
      expect(stdout).toContain(`offered   ${offered} (ssh-ed25519)`);
      expect(stdout).toMatch(/expected +SHA256:.* from its console log\)/);
      expect(stdout).toContain("If it isn't, trust nothing that answers there");
      // AND what it says to do helps, also for all runs after it
      const [advice] = /hostKeys: \{ worker-1: \["SHA256:[^"]+"\] \}/.exec(stdout) ?? [];
      expect(advice).toContain(offered);
      const advised = await cluster().withPlan(`${cluster().plan}${advice}\n`, () => cluster().configure());
      expect(advised).toMatchObject({ changed: 0, failed: 0 });
      expect(await cluster().status()).toBe(0);
    });
  });

  describe('nodes that never get up', () => {
    let servers: Servers;

    beforeAll(async () => {
      servers = await Servers.connect();
    });

    afterAll(() => servers?.close());

    test('are named in time, with the end of the console or why there is none, and the others are finished', async () => {
      // GIVEN a server that boots and never starts sshd, one that is off, and one with something to put right
      const nodes = await cluster().nodes();
      await neverAnswerAfterReboot('worker-0');
      const silentId = nodes.find('worker-0').serverId;
      await Promise.all([servers.reset(silentId), servers.stop(nodes.find('worker-1').serverId)]);
      await servers.says(silentId, NO_SSHD);
      await cluster().changeByHand('master-0');
      // WHEN
      const { failed, nodes: reports } = await cluster().configure('--timeout-ssh', `${SSH_SECONDS}s`);
      // THEN
      expect(failed).toBe(2);
      const [master, silent, off] = reports;
      expect(master).toMatchObject({ name: 'master-0', ok: true });
      expect(master!.changed).toBeGreaterThan(0);
      const error = expect.stringContaining(`could not be reached by SSH within ${SSH_SECONDS} s`);
      expect(silent).toMatchObject({ name: 'worker-0', ok: false, error });
      expect(silent!.console!.join('\n')).toContain(NO_SSHD);
      expect(off).toMatchObject({ name: 'worker-1', ok: false, error });
      expect(off!.console).toEqual([`(none: the cloud says that server ${cluster().name}-worker-1 is SHUTOFF)`]);
    });

    test('are finished when they are there again', async () => {
      const nodes = await cluster().nodes();
      await Promise.all([
        servers.reset(nodes.find('worker-0').serverId),
        servers.start(nodes.find('worker-1').serverId),
      ]);

      expect(await cluster().configure()).toMatchObject({ failed: 0 });
      expect(await cluster().status()).toBe(0);
    });

    /** Its next boot goes by without sshd, the one after that is as ever. What is not on its disk, a hard reset loses. */
    async function neverAnswerAfterReboot(node: string): Promise<void> {
      const unit = `[Unit]
After=ssh.service multi-user.target
ConditionPathExists=/etc/ssh/sshd_not_to_be_run
[Service]
Type=oneshot
ExecStart=/bin/rm /etc/ssh/sshd_not_to_be_run
ExecStart=/bin/sh -c 'echo ${NO_SSHD} >/dev/console'
[Install]
WantedBy=multi-user.target
`;
      await (await cluster().nodes()).sudo(
        node,
        `cat >/etc/systemd/system/sshd-next-time.service <<'UNIT'
${unit}UNIT
        systemctl enable --quiet sshd-next-time
        touch /etc/ssh/sshd_not_to_be_run
        sync`,
      );
    }
  });
}
