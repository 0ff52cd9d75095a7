import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const { fullReport, rowsOf } = require('../../scripts/_full-report') as {
  fullReport: (rows: ReadonlyMap<string, string>) => string;
  rowsOf: (text: string) => ReadonlyMap<string, string>;
};
const { sumOf, tallies } = require('../../scripts/_tally') as {
  sumOf: (all: readonly Counts[]) => Counts;
  tallies: (project: 'unit' | 'integration', file: string) => readonly object[] | undefined;
};

const TESTS = resolve(__dirname, '..');

describe('the report of the full run', () => {
  const dns = 'integration/dns.full.test.ts';

  test('is read as it was written, whatever a row says', () => {
    const rows = new Map([
      [dns, `${dns} (with \`X=1\`; see [elsewhere](elsewhere.md)) | 2026-11-29 | 1a2b3c4 | 8 | 0 | 0 | 300`],
      ['unit tests', 'unit tests | 2026-11-29 | 1a2b3c4, with changes that are not committed | 9 | 0 | 0 | 12'],
    ]);
    expect(rowsOf(fullReport(rows))).toEqual(rows);
  });

  test('forgets files that there are no more', () => {
    const gone = 'integration/gone.test.ts';
    const rows = new Map([[gone, `${gone} | 2026-11-29 | 1a2b3c4 | 8 | 0 | 0 | 300`]]);
    expect(rowsOf(fullReport(rows)).size).toBe(0);
  });
});

describe('what Jest has counted', () => {
  const file = (name: string, status: string, seconds: readonly [number, number], ...tests: readonly string[]) => ({
    name: join(TESTS, name),
    status,
    startTime: seconds[0] * 1000,
    endTime: seconds[1] * 1000,
    assertionResults: tests.map((state) => ({ status: state })),
  });
  const results = [
    file('plan/a.test.ts', 'passed', [10, 12], 'passed', 'passed', 'pending'),
    file('plan/b.test.ts', 'failed', [11, 14], 'passed', 'failed'),
    file('plan/c.test.ts', 'failed', [12, 13]),
  ];

  let folder: string;
  let output: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'firesteel-tally-'));
    output = join(folder, 'results.json');
    writeFileSync(output, JSON.stringify({ testResults: results }));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('is told of each integration test; one that could not be loaded has failed', () => {
    expect(tallies('integration', output)).toEqual([
      { tests: 'plan/a.test.ts', passed: 2, failed: 0, skipped: 1, seconds: 2 },
      { tests: 'plan/b.test.ts', passed: 1, failed: 1, skipped: 0, seconds: 3 },
      { tests: 'plan/c.test.ts', passed: 0, failed: 1, skipped: 0, seconds: 1 },
    ]);
  });

  test('is told of all unit tests together', () => {
    expect(tallies('unit', output)).toEqual([{ tests: 'unit tests', passed: 3, failed: 2, skipped: 1, seconds: 4 }]);
  });

  test('is nothing where no test was run', () => {
    expect(tallies('unit', join(folder, 'none.json'))).toBeUndefined();
    expect(sumOf([])).toEqual({ passed: 0, failed: 0, skipped: 0 });
  });
});
