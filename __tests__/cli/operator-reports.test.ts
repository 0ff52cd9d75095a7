import { describeCopy } from '../../cli/reports/copy-report';
import { describeEvents } from '../../cli/reports/events-report';
import { describeMissingLogs, prefixes } from '../../cli/reports/logs-report';
import { describeRun } from '../../cli/reports/run-report';

describe('what a command said', () => {
  const said = (node: string, exitCode: number | null, stdout = '', more = {}) => {
    return { node, exitCode, stdout, stderr: '', ...more };
  };

  test('is shown once for all nodes that said the same and ended alike', () => {
    const text = describeRun({
      environment: 'dev',
      ok: false,
      nodes: [
        said('master-0', 0, 'one\n\ntwo\n'),
        said('worker-0', 0, 'up\n'),
        said('worker-1', 0, 'up\n'),
        said('worker-2', 0, 'up\n'),
        said('worker-3', 1, 'up\n'),
        said('worker-4', 0, 'up\n', { stderr: 'but\n' }),
        said('worker-5', null, '', { error: 'could not be reached' }),
        said('worker-6', null, '', { error: 'could not be reached' }),
        said('worker-7', 0, 'up\n'),
        said('worker-8', 0, 'up', { omittedBytes: 5 }),
      ],
      off: ['worker-9', 'worker-11'],
    });
    expect(text).toBe(`✔ master-0, exit 0
    one

    two
✔ worker-0..worker-2, worker-7 (4 nodes), exit 0
    up
✖ worker-3, exit 1
    up
✔ worker-4, exit 0
    up
    on standard error:
    but
✖ worker-5: could not be reached
✖ worker-6: could not be reached
✔ worker-8, exit 0
    (the first 5 bytes are left out)
    up
- worker-9, worker-11: rest, left out (the server is off)
dev: exit status 0 on 7 of 10 nodes`);
  });
});

test('what was copied is told for each node, with what failed', () => {
  const nodes = [
    { node: 'worker-0', files: 1, bytes: 12_345_678, leftOut: ['/srv/socket'], failures: [] },
    { node: 'worker-1', files: 0, bytes: 0, leftOut: [], failures: Array.from({ length: 12 }, (_, i) => `f${i}`) },
  ];
  const text = describeCopy({ environment: 'dev', direction: 'up', ok: false, nodes, off: ['worker-2'] });
  expect(text).toContain('✔ worker-0: 1 file, 12.3 MB\n    left out, being neither a file nor a folder: /srv/socket\n');
  expect(text).toContain('✖ worker-1: 0 files, 0 bytes\n    f0\n');
  expect(text).toContain('    f9\n    and 2 more\n');
  expect(text).toMatch(/- worker-2: rests, left out \(the server is off\)\ndev: copied to 1 of 2 nodes$/);
});

test('lines of several nodes have the name in front, all as wide as the longest', () => {
  expect(prefixes(['a-0', 'worker-10'])('a-0')).toBe('a-0       | ');
  expect(prefixes(['a-0'])('a-0')).toBe('');
});

test('a log that is missing is told', () => {
  const nodes = [
    { node: 'worker-0', units: [], lines: 3 },
    { node: 'worker-1', units: [], lines: 0, error: 'not reached' },
  ];
  expect(describeMissingLogs({ environment: 'dev', ok: false, nodes, off: ['worker-2'] })).toBe(
    '✖ worker-1: not reached\n- worker-2: rests, left out (the server is off)\ndev: the log of 1 of 2 nodes is missing or ends early',
  );
  expect(describeMissingLogs({ environment: 'dev', ok: true, nodes: nodes.slice(0, 1), off: [] })).toBe('');
  expect(describeMissingLogs({ environment: 'dev', ok: true, nodes: [], off: [] })).toBe('dev: nothing was logged');
});

test('events are a table, the newest last', () => {
  const at = '2026-11-28T15:55:23.123Z';
  const text = describeEvents('dev', [
    { verb: 'up', at, by: 'ada@laptop', outcome: 'cut off' },
    {
      verb: 'submit',
      at,
      by: 'ada@laptop',
      outcome: 'failed',
      seconds: 125,
      detail: 'on master-0',
      error: 'exit status 3',
    },
  ]);
  expect(text).toBe(`WHEN                  WHAT    OUTCOME      TOOK       BY
2026-11-28T15:55:23Z  up      was cut off             ada@laptop
2026-11-28T15:55:23Z  submit  failed       2 min 5 s  ada@laptop  on master-0: exit status 3`);
  expect(describeEvents('dev', [])).toBe('dev: nothing has been done yet');
});
