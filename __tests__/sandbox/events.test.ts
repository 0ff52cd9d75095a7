import { type SandboxEvent, step } from '../../sandbox/events';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('a long step tells its last line now and then, until it ends', async () => {
  const events: SandboxEvent[] = [];
  await step(
    (event) => events.push(event),
    'build',
    async (onLine) => {
      jest.advanceTimersByTime(15_000);
      onLine('download');
      onLine('install');
      onLine('');
      jest.advanceTimersByTime(30_000);
    },
  );
  expect(jest.getTimerCount()).toBe(0);
  const progress = { kind: 'progress', step: 'build', detail: 'install' };
  expect(events.map(({ kind }) => kind)).toEqual(['start', 'progress', 'progress', 'done']);
  expect(events[1]).toEqual(progress);
});

test('a step that fails tells no more', async () => {
  const failed = step(
    () => undefined,
    'build',
    () => Promise.reject(new Error('no')),
  );
  await expect(failed).rejects.toThrow('no');
  expect(jest.getTimerCount()).toBe(0);
});
