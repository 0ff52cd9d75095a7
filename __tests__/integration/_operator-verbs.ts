import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Event } from '../../lifecycle/events';
import type { LogsResult } from '../../lifecycle/logs';
import type { RunResult } from '../../lifecycle/run';
import type { StatusResult } from '../../lifecycle/status';
import type { Cluster } from './_cluster';
import { describeCopy } from './_copy';
import { lastLine, type Running } from './_run';

const BIN = resolve(__dirname, '..', '..', 'bin', 'firesteel.js');

/** What an operator does with a cluster of a master and two workers behind it; it is whole again afterwards. */
export function describeOperatorVerbs(cluster: () => Cluster): void {
  const firesteel = (verb: string, ...args: readonly string[]) => cluster().firesteel(verb, ...args);
  const start = (verb: string, ...args: readonly string[]) => cluster().project.start(verb, cluster().name, ...args);
  const sudo = (node: string, script: string) => cluster().sudo(node, script);
  const onAll = (script: string) => cluster().onAll(script);
  const events = async () => lastLine<{ events: Event[] }>(await firesteel('events', '--json')).events;

  describe('run', () => {
    /** A command that is under way on every node. */
    async function underWay(seconds: number): Promise<Running> {
      const running = start('run', '--', 'sleep', `${seconds}`);
      await onAll(`until pgrep -fx 'sleep ${seconds}'; do sleep 0.2; done`);
      return running;
    }

    test('shows those together that said the same and ended alike', async () => {
      const { status, stdout } = await firesteel(
        'run',
        '--',
        'echo same; case $(hostname) in *worker-1) exit 3;; esac',
      );

      expect(stdout).toContain('✔ master-0, worker-0 (2 nodes), exit 0\n    same\n✖ worker-1, exit 3\n    same\n');
      expect(stdout).toContain('exit status 0 on 2 of 3 nodes');
      expect(status).toBe(1);
    });

    test('gives a command its arguments as they are, as the user that is asked for, on the nodes that are meant', async () => {
      const words = ['printf', '%s|', "it's", 'a  b', '$HOME', '--json'];
      const { nodes } = lastLine<RunResult>(
        await firesteel('run', '--json', '--role', 'spark-worker', '--parallel', '1', '--', ...words),
      );
      expect(nodes).toEqual(
        ['worker-0', 'worker-1'].map((node) => {
          return { node, exitCode: 0, stdout: "it's|a  b|$HOME|--json|", stderr: '' };
        }),
      );

      const users = [
        await firesteel('run', '--on', 'worker-1', '--', 'id', '-un'),
        await firesteel('run', '--sudo', 'id', '-un'),
      ];
      expect(users.map(({ status }) => status)).toEqual([0, 0]);
      expect(users[0]!.stdout).toBe(
        `✔ worker-1, exit 0\n    debian\n${cluster().name}: exit status 0 on 1 of 1 node\n`,
      );
      expect(users[1]!.stdout).toContain('✔ master-0, worker-0, worker-1 (3 nodes), exit 0\n    root\n');
    });

    test('refuses a node that there is not, and says what was meant', async () => {
      const { status, stderr } = await firesteel('run', '--on', 'wroker-1', '--', 'true');

      expect(status).toBe(2);
      expect(stderr).toContain('no node "wroker-1" (did you mean "worker-1"?)');
    });

    test('a node that can not be reached is a failure of its own, and the others do it', async () => {
      const { address } = (await cluster().nodes()).find('worker-1');
      await sudo('master-0', `ip route add unreachable ${address}`);
      try {
        const { status, stdout } = await firesteel('run', '--', 'hostname');

        expect(status).toBe(1);
        expect(stdout).toMatch(
          /✔ master-0, exit 0\n {4}\S+-master-0\n✔ worker-0, exit 0\n {4}\S+-worker-0\n✖ worker-1: .*reach/,
        );
      } finally {
        await sudo('master-0', `ip route del unreachable ${address}`);
      }
    });

    test('Ctrl-C ends the command on all nodes', async () => {
      const running = await underWay(4242);

      running.kill('SIGINT');

      const { status, stderr } = await running.ended;
      expect(stderr).toContain('interrupted: the command was ended on the nodes');
      expect(status).toBe(130);
      expect(await onAll('pgrep -fx "sleep 4242" || true')).toEqual(['', '', '']);
    });

    test('one that is killed leaves nothing running, and is known to be cut off', async () => {
      const running = await underWay(4243);
      expect((await events()).at(-1)).toMatchObject({ verb: 'run', outcome: 'running' });

      running.kill('SIGKILL');
      await running.ended;

      await onAll("while pgrep -fx 'sleep 4243'; do sleep 0.2; done");
      expect((await events()).at(-1)).toMatchObject({ verb: 'run', outcome: 'cut off' });
    });
  });

  describeCopy(cluster);

  describe('logs', () => {
    test('shows what the services of all nodes have logged, by time, with the names in front', async () => {
      const { status, stdout } = await firesteel('logs', '--lines', '400');

      expect(status).toBe(0);
      expect(stdout).toMatch(/^worker-0 \| .* INFO Worker: Successfully registered with master/m);
      expect(stdout).toMatch(/^master-0 \| .* INFO Master: Registering worker/m);
      const times = [...stdout.matchAll(/^\S+ \| (\d{4}-\S+)/gm)].map(([, time]) => time);
      expect(times.length).toBeGreaterThan(20);
      expect(times).toEqual([...times].sort());
    });

    test('shows as many lines as are asked for, of the services that are meant', async () => {
      const { nodes } = lastLine<LogsResult>(await firesteel('logs', '--json', '-n', '2', '--since', '10h'));
      expect(nodes.map(({ node, units, lines }) => [node, units, lines])).toEqual([
        ['master-0', ['spark-master.service', 'spark-history.service'], 2],
        ['worker-0', ['spark-worker.service'], 2],
        ['worker-1', ['spark-worker.service'], 2],
      ]);

      expect((await firesteel('logs', 'worker-1', '-n', '1', '-q')).stdout).toMatch(/^\d{4}-\S+ \S+: .*\n$/);
      const none = await firesteel('logs', '--role', 'node');
      expect(none.status).toBe(2);
      expect(none.stderr).toContain('roles with services are spark-master, spark-history, spark-worker');
    });

    test('follows several nodes until Ctrl-C; one that breaks is told and ends no other', async () => {
      const running = start('logs', 'master-0', 'worker-0', '--follow', '--lines', '1');
      const restarted = async () => {
        await sudo('master-0', 'systemctl restart spark-history');
        const pid = await sudo('master-0', 'systemctl show -p MainPID --value spark-history');
        await running.line((line) => line.startsWith(`master-0 | `) && line.includes(`[${pid}]`));
      };
      await running.line((line) => line.startsWith('worker-0 | '));
      await restarted();

      // The session that this one comes in goes too.
      await sudo(
        'worker-0',
        'systemd-run --quiet --on-active=1 --timer-property=AccuracySec=100ms pkill -KILL -u debian -x sshd',
      );
      await running.line((line) =>
        line.startsWith('worker-0: warning: its log ends here: worker-0: the connection broke'),
      );
      await restarted();
      running.kill('SIGINT');

      const { status, stdout } = await running.ended;
      expect(stdout).toContain('the log of 1 of 2 nodes is missing or ends early');
      expect(status).toBe(1);
    });

    test('following that nothing has broken ends well', async () => {
      const running = start('logs', '--follow', '--json');
      await running.line((line) => line.startsWith('{"type":"log"'));
      running.kill('SIGINT');

      const ended = await running.ended;
      expect(ended.status).toBe(0);
      expect(lastLine<LogsResult>(ended)).toMatchObject({ ok: true });
      await onAll('! pgrep -fa "journalctl .*--follow"');
    });
  });

  test('open shows the page that is asked for in the browser, and closes it with Ctrl-C', async () => {
    const { project, name } = cluster();
    const browser = project.file('browser');
    writeFileSync(browser, '#!/bin/sh\nprintf %s "$1" >"$0.part" && mv "$0.part" "$0.shown"\n', { mode: 0o755 });
    const running = project.program(process.execPath, [BIN, 'open', name, 'history'], { BROWSER: browser });
    await running.line((line) => line === 'Ctrl-C closes.');
    while (!existsSync(`${browser}.shown`)) await sleep(50);
    const url = readFileSync(`${browser}.shown`, 'utf8');

    expect(await (await fetch(url)).text()).toContain('<title>History Server</title>');
    running.kill('SIGINT');

    const { status, stdout } = await running.ended;
    expect(stdout).toBe(`${url}  history on master-0\nCtrl-C closes.\n`);
    expect(status).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
    expect(await firesteel('open', 'histroy')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('no web page "histroy": it has'),
    });
  });

  test('events tells what was done, by whom, how it ended, and nothing of what might be secret', async () => {
    const job = cluster().project.file('quiet.py');
    writeFileSync(job, 'import sys\nsys.exit(4)\n');
    await firesteel('submit', job, '--token', 'hush-hush');
    await firesteel('run', '--on', 'worker-0', '--', 'echo', 'hush-hush');

    const [submitted, ran] = (await events()).slice(-2);

    const by = expect.stringMatching(/@|http/);
    expect(submitted).toMatchObject({
      verb: 'submit',
      by,
      outcome: 'failed',
      detail: 'on master-0',
      error: 'exit status 4',
    });
    expect(ran).toMatchObject({ verb: 'run', by, outcome: 'ok', detail: 'on worker-0' });
    expect((await events()).some(({ verb, outcome }) => verb === 'run' && outcome === 'interrupted')).toBe(true);
    const journal = cluster().project.file('.firesteel', `${cluster().name}.events.jsonl`);
    expect(readFileSync(journal, 'utf8')).not.toContain('hush-hush');
    expect(statSync(journal).mode & 0o777).toBe(0o600);
    const { stdout } = await firesteel('events', '--lines', '2');
    expect(stdout).toMatch(/^WHEN .*\n\S+Z +submit +failed .*\n\S+Z +run +ok .*\n$/);
  });

  test('status of one node is of that node alone', async () => {
    const { status, stdout } = await firesteel('status', 'worker-1', '--json');

    expect(lastLine<StatusResult>({ stdout })).toMatchObject({
      ok: true,
      nodes: [{ name: 'worker-1', reachable: true }],
    });
    expect(status).toBe(0);
  });

  test('the cluster is whole after all this', async () => {
    expect(await cluster().status()).toBe(0);
  });
}
