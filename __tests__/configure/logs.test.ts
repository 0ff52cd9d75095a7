import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readJournal, roleUnits } from '../../configure/logs';
import { unit } from '../../operations/unit';
import { node, sparkHistory, sparkMaster, sparkWorker } from '../../roles';
import type { Role } from '../../roles/role';
import { connectionFixture } from '../_ssh-fixture';
import { describeSsh } from '../_sshd';
import { LocalCluster } from './_cluster';

test('the units of every node are those that its roles start, whatever roles there are', () => {
  const kafka: Role = {
    name: 'kafka',
    summary: '',
    exposes: [],
    secrets: [{ name: 'kafka', bytes: 16, recover: 'exit 1' }],
    start: ({ secret }) => [
      unit({ name: 'kafka.service', restartOn: [secret('kafka')] }),
      unit({ name: 'kraft.service' }),
    ],
  };
  const cluster = new LocalCluster({
    master: { count: 1, roles: [node, sparkMaster, sparkHistory] },
    worker: { count: 2, roles: [node, sparkWorker] },
    broker: { count: 1, roles: [node, kafka] },
    plain: { count: 1, roles: [node] },
  });
  cluster.dispose();
  const worker = [{ role: 'spark-worker', unit: 'spark-worker.service' }];
  expect([...roleUnits(cluster.plan, cluster.output)]).toEqual([
    [
      'master-0',
      [
        { role: 'spark-master', unit: 'spark-master.service' },
        { role: 'spark-history', unit: 'spark-history.service' },
      ],
    ],
    ['worker-0', worker],
    ['worker-1', worker],
    [
      'broker-0',
      [
        { role: 'kafka', unit: 'kafka.service' },
        { role: 'kafka', unit: 'kraft.service' },
      ],
    ],
    ['plain-0', []],
  ]);
});

/** Containers have no journal: a program of that name tells how it was called. With a real journal, see the integration tests. */
const JOURNALCTL = `#!/bin/sh
printf '%s\\n' "$@"
case "$*" in
  *broken*) echo "No such journal" >&2; exit 1 ;;
  *--follow*) exec sleep 4324 ;;
esac
`;

describeSsh('the journal of a node', () => {
  const ssh = connectionFixture((folder) => {
    const journalctl = join(folder, 'journalctl');
    writeFileSync(journalctl, JOURNALCTL, { mode: 0o755 });
    return { setUp: `touch $FOLDER/x; mount --bind ${journalctl} /usr/bin/journalctl` };
  });

  async function asked(from: { lines: number } | { seconds: number }): Promise<string[]> {
    const lines: string[] = [];
    await readJournal(ssh.connection, {
      units: ['a.service', 'b@1.service'],
      from,
      onLine: (line) => lines.push(line),
    });
    return lines;
  }

  test('is asked for the last lines, or for those of a time', async () => {
    const lines = await asked({ lines: 5 });
    expect(lines).toEqual(expect.arrayContaining(['--unit=a.service', '--unit=b@1.service', '--lines=5']));
    expect(lines).not.toContain('--follow');
    expect(await asked({ seconds: 600 })).toEqual(expect.arrayContaining(['--lines=all', '--since=-600s']));
  });

  test('is followed until the signal, which ends what reads it', async () => {
    const abort = new AbortController();
    const onLine = (line: string) => {
      if (line === '--follow') abort.abort(new Error('enough'));
    };
    const read = readJournal(ssh.connection, {
      units: ['a.service'],
      from: { lines: 1 },
      follow: true,
      onLine,
      signal: abort.signal,
    });
    await expect(read).rejects.toThrow('enough');
    expect(await ssh.connection.read('pgrep -fx "sleep 4324" || true')).toBe('');
  });

  test('fails with what journalctl says', async () => {
    const read = readJournal(ssh.connection, {
      units: ['broken.service'],
      from: { lines: 1 },
      onLine: () => undefined,
    });
    await expect(read).rejects.toThrow('reading the journal failed with exit status 1: No such journal');
  });
});
