import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApplyMark } from '../../lifecycle/_apply-mark';
import { clearStrays } from '../../lifecycle/_clear-strays';
import { STATE_LOCKED } from '../../lifecycle/_terraform-messages';
import { applyPlan } from '../../lifecycle/apply';
import { TerraformError } from '../../lifecycle/errors';
import type { StackPlan, Terraform } from '../../lifecycle/terraform';
import type { Workspace } from '../../lifecycle/workspace';
import type { Environment } from '../../plan/load-environments';

/** What is looked for in a cloud is shown with a real one in the integration tests; here it is about the mark. */
jest.mock('../../lifecycle/_clear-strays', () => ({ clearStrays: jest.fn(async () => undefined) }));
jest.mock('../../lifecycle/_server-faults', () => ({ serverFaults: async () => [] }));

const error = (summary: string) => new TerraformError(summary, 'dev', [{ severity: 'error', summary }]);
const LOCKED = error(STATE_LOCKED);
const BUSY = error('Error creating router: Internal Server Error');
const PLAN = { empty: false, changes: [] } as unknown as StackPlan;

jest.setTimeout(60_000); // the pauses are real

let folder: string;
let mark: ApplyMark;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'firesteel-apply-'));
  mark = new ApplyMark(folder, 'common');
  jest.mocked(clearStrays).mockClear();
});
afterEach(() => rmSync(folder, { recursive: true }));

/** @param failures of the tries, one after the other */
function apply(failures: readonly Error[], planRest = async () => PLAN): Promise<number> {
  const left = [...failures];
  const terraform = {
    stack: { name: 'common' },
    apply: async () => {
      const failure = left.shift();
      if (failure) throw failure;
    },
  } as unknown as Terraform;
  const workspace = { memoryDir: folder, options: {} } as unknown as Workspace;
  const environment = { kind: 'common', name: 'common' } as unknown as Environment;
  return applyPlan(workspace, terraform, PLAN, environment, { goOn: 'firesteel up common', planRest });
}

test('what went well leaves no mark', async () => {
  await apply([]);
  expect(mark.since).toBeUndefined();
  expect(clearStrays).not.toHaveBeenCalled();
});

test('a fault that passes is gone on from, after a look at what it left', async () => {
  await apply([BUSY]);
  expect(clearStrays).toHaveBeenCalledTimes(1);
  expect(mark.since).toBeUndefined();
});

test('one that never began, because another run is at work, leaves no mark', async () => {
  await expect(apply([LOCKED])).rejects.toBe(LOCKED);
  expect(mark.since).toBeUndefined();
});

test('one that was cut off keeps its mark, also where another run is at work when it would go on', async () => {
  await expect(apply([BUSY, LOCKED])).rejects.toBe(LOCKED);
  expect(mark.since).toBeDefined();

  mark.clear();
  await expect(apply([BUSY], () => Promise.reject(LOCKED))).rejects.toBe(LOCKED);
  expect(mark.since).toBeDefined();
});

test('another failure keeps the mark too, and says how to go on', async () => {
  await expect(apply([error('Quota exceeded')])).rejects.toThrow('"firesteel up common" goes on from there');
  expect(mark.since).toBeDefined();
});
