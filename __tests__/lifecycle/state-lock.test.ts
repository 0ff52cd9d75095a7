import { holderOf } from '../../lifecycle/_lock-holder';
import { describeLock, isHeld, lockSignature } from '../../lifecycle/_state-lock';
import type { SynthesizedStack } from '../../lifecycle/synth';

const stack = (backend?: Record<string, Record<string, unknown>>): SynthesizedStack => ({
  name: 'dev',
  dir: '/nowhere',
  dependencies: [],
  config: { terraform: { ...(backend && { backend }) } },
});

/** As Terraform 1.11 words it. */
const locked = (error: string) => ({
  severity: 'error' as const,
  summary: 'Error acquiring the state lock',
  detail: `Error message: ${error}
Lock Info:
  ID:        25129bdb-6a29-cc97-8c20-39bc69cebeda
  Path:      terraform.dev.tfstate
  Operation: OperationTypeApply
  Who:       alice@laptop
  Version:   1.11.4
  Created:   2026-11-28 16:01:12.33769898 +0000 UTC
  Info:      


Terraform acquires a state lock to protect the state from being written
by multiple users at the same time.`,
});

const TOLD =
  'the state of dev is in use by another run (alice@laptop, terraform apply, since 2026-11-28 16:01:12 UTC): wait until that has ended, then run this again';

const BACKENDS: (Record<string, Record<string, unknown>> | undefined)[] = [
  undefined,
  { local: {} },
  { s3: { bucket: 'b' } },
];

test.each(BACKENDS)('who holds a lock is told as Terraform says it', async (backend) => {
  expect(await describeLock(stack(backend), locked('resource temporarily unavailable'), {})).toBe(TOLD);
});

test('a server that has told Terraform who it is is not asked again', async () => {
  const error = 'HTTP remote state already locked: ID=25129bdb-6a29-cc97-8c20-39bc69cebeda';

  expect(await describeLock(stack({ http: {} }), locked(error), {})).toBe(TOLD);
});

test('who asked is not taken for who holds it, also where the holder can not be found out', async () => {
  const error = 'HTTP remote state already locked: ID=another';
  const unreachable = stack({ http: { lock_address: 'http://127.0.0.1:9/dev' } });
  const text = await describeLock(unreachable, locked(error), {});

  expect(text).toMatch(/in use by another run \(by whom could not be found out: .+\): wait until that has ended/);
  expect(text).not.toContain('alice');
});

test('a state that Terraform can not read is not taken for a locked one', () => {
  const damaged = {
    severity: 'error' as const,
    summary: 'Error acquiring the state lock',
    detail:
      'Error message: Invalid output value saved in state: The state file has an\ninvalid value for output "cluster": too many tuple elements (need 4).',
  };
  expect(isHeld(stack(), damaged)).toBe(false);
  expect(isHeld(stack(), locked('resource temporarily unavailable'))).toBe(true);
  expect(isHeld(stack({ pg: {} }), { ...damaged, detail: 'Error message: Workspace is already locked: default' })).toBe(
    true,
  );
});

test('a time is told to the second, in whichever way it was written', () => {
  expect(holderOf({ Created: '2026-11-28T16:23:19.849007105Z' })).toEqual({ since: '2026-11-28 16:23:19 UTC' });
  expect(holderOf({ Created: '2026-11-28 16:23:19 +0000 UTC' })).toEqual({ since: '2026-11-28 16:23:19 UTC' });
});

test('in PostgreSQL a run says what it does and who it is, unless the user has a name for it', () => {
  const pg = stack({ pg: {} });

  expect(lockSignature(pg, 'apply', {})).toEqual({ PGAPPNAME: expect.stringMatching(/^terraform apply by \S+@\S+$/) });
  expect(lockSignature(pg, 'apply', { PGAPPNAME: 'mine' })).toEqual({});
  expect(lockSignature(stack({ s3: {} }), 'apply', {})).toEqual({});
});
