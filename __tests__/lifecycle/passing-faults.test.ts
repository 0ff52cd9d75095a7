import { arePassing, whileFaultsPass } from '../../lifecycle/_passing-faults';
import type { Diagnostic } from '../../lifecycle/_terraform-messages';
import { TerraformError } from '../../lifecycle/errors';
import type { ProgressEvent } from '../../plan/progress';

const error = (summary: string, detail?: string): Diagnostic => ({
  severity: 'error',
  summary,
  ...(detail && { detail }),
});
const BUSY = error('Unable to retrieve network: Internal Server Error');
const REFUSED = error('Error retrieving port: Authentication failed');

test.each([
  'Error retrieving openstack_networking_port_v2 p: Internal Server Error',
  'Unable to list: Expected HTTP response code [200] when accessing [GET http://c/v2.0/ports], but got 503 instead: busy',
  'The service is currently unable to handle the request due to a temporary overloading or maintenance. This is a temporary condition. Try again later.',
  'Too many requests have been sent in a given amount of time. Pause requests, wait up to one minute, and try again.',
  'Get "http://c/v2.0/ports": OpenStack connection error, retries exhausted. Aborting. Last error was: EOF',
  'Unable to query images: unexpected EOF',
])('passes: %s', (summary) => {
  expect(arePassing([error(summary)])).toBe(true);
  expect(arePassing([error('Error', summary)])).toBe(true);
  expect(arePassing([error(summary), REFUSED])).toBe(false);
});

test.each(['Your query returned no results', 'but got 409 instead', 'but got 403 instead', 'Authentication failed'])(
  'does not pass: %s',
  (summary) => expect(arePassing([error(summary)])).toBe(false),
);

test('a warning is no fault, and an error without diagnostics is not about the cloud', () => {
  expect(arePassing([{ ...REFUSED, severity: 'warning' }, BUSY])).toBe(true);
  expect(arePassing([])).toBe(false);
});

describe('whileFaultsPass', () => {
  const failing = (times: number, diagnostic: Diagnostic) => {
    let calls = 0;
    return async () => {
      calls++;
      if (calls <= times) throw new TerraformError(`failure ${calls}:\na\nb\nc`, 'dev', [diagnostic]);
      return calls;
    };
  };

  test('tries again after what passes, and says so', async () => {
    const told: ProgressEvent[] = [];
    const onProgress = (event: ProgressEvent) => void told.push(event);
    expect(await whileFaultsPass('dev', { onProgress }, failing(1, BUSY))).toBe(2);
    expect(told).toEqual([
      { subject: 'dev', phase: 'plan', state: 'warn', text: 'trying again: failure 1:\na\n(and 2 more)' },
    ]);
  });

  test('says which try it is, and what was done', async () => {
    const tries: number[] = [];
    const told: ProgressEvent[] = [];
    const work = async (number: number) => {
      tries.push(number);
      return failing(number === 1 ? 1 : 0, BUSY)();
    };

    await whileFaultsPass('dev', { phase: 'apply', onProgress: (event) => void told.push(event) }, work);

    expect(tries).toEqual([1, 2]);
    expect(told).toMatchObject([{ phase: 'apply', state: 'warn' }]);
  });

  test('fails at once with what does not pass', async () => {
    await expect(whileFaultsPass('dev', {}, failing(1, REFUSED))).rejects.toThrow('failure 1');
  });

  test('fails when it is interrupted in a pause', async () => {
    const controller = new AbortController();
    const running = whileFaultsPass(
      'dev',
      { signal: controller.signal, onProgress: () => controller.abort() },
      failing(9, BUSY),
    );
    await expect(running).rejects.toThrow('interrupted');
  });
});
