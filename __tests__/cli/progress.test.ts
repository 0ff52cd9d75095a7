import { duration } from '../../cli/progress/listener';
import { liveLines } from '../../cli/progress/live-lines';
import { plainLines } from '../../cli/progress/plain-lines';
import type { ProgressEvent } from '../../plan/progress';

const event = (
  subject: string,
  phase: string,
  state: ProgressEvent['state'],
  more: Partial<ProgressEvent> = {},
): ProgressEvent => ({ subject, phase, state, ...more });

test('durations', () => {
  expect([0.04, 3.25, 12.4, 125].map(duration)).toEqual(['0 s', '3.3 s', '12 s', '2 min 5 s']);
});

describe('plain lines', () => {
  afterEach(() => jest.useRealTimers());

  function plain(verbose: boolean) {
    jest.useFakeTimers();
    const written: string[] = [];
    return { ...plainLines({ write: (text) => void written.push(text), verbose }), written };
  }

  test('a quick phase is one line, a slow one tells that it is on its way', () => {
    const { onProgress, written } = plain(false);
    onProgress(event('dev', 'synth', 'start', { text: 'writing' }));
    onProgress(event('dev', 'synth', 'done', { seconds: 0.8 }));
    onProgress(event('dev', 'apply', 'start', { text: '12 to create' }));
    jest.advanceTimersByTime(2_500);
    onProgress(event('dev', 'apply', 'fail', { seconds: 3 }));
    expect(written).toEqual(['dev: synth done (0.8 s)\n', 'dev: apply: 12 to create …\n', 'dev: apply failed (3 s)\n']);
  });

  test('updates come at most every five seconds', () => {
    const { onProgress, written } = plain(false);
    for (let second = 0; second < 12; second++) {
      onProgress(event('dev', 'apply', 'update', { text: `${second}/12` }));
      jest.advanceTimersByTime(1_000);
    }
    expect(written).toEqual(['dev: apply: 0/12\n', 'dev: apply: 5/12\n', 'dev: apply: 10/12\n']);
  });

  test('verbose tells everything', () => {
    const { onProgress, written } = plain(true);
    for (const text of ['1', '2']) onProgress(event('dev', 'apply', 'update', { text }));
    expect(written).toHaveLength(2);
  });
});

describe('live lines', () => {
  function live(rows: number, columns = 60) {
    const written: string[] = [];
    const display = liveLines({
      write: (text) => void written.push(text),
      size: () => ({ rows, columns }),
      color: false,
      now: () => 0,
    });
    return { ...display, last: () => written.at(-1)!.split('\n').filter(Boolean) };
  }

  test('one line a subject, with what it has behind it and what it is at', () => {
    const { onProgress, end, last } = live(24);
    onProgress(event('dev', 'plan', 'done', { seconds: 1.2 }));
    onProgress(event('dev', 'apply', 'update', { text: '3/12' }));
    onProgress(event('worker-10', 'connect', 'fail', { text: 'refused' }));
    end();
    expect(last()).toEqual(['dev        ✔ plan 1.2 s - apply 3/12', 'worker-10  ✖ connect: refused']);
  });

  test('a phase keeps its own text, and has nothing of the one before it', () => {
    const { onProgress, end, last } = live(24);
    onProgress(event('dev', 'plan', 'update', { text: '3 to create' }));
    onProgress(event('dev', 'plan', 'update'));
    onProgress(event('common', 'plan', 'update', { text: '3 to create' }));
    onProgress(event('common', 'apply', 'start'));
    end();
    expect(last()).toEqual(['dev     - plan 3 to create', 'common  - apply']);
  });

  test('more subjects than rows: those that failed and those at work go first', () => {
    const { onProgress, end, last } = live(8);
    for (let index = 0; index < 50; index++) onProgress(event(`worker-${index}`, 'install', 'done'));
    onProgress(event('worker-48', 'start', 'start'));
    onProgress(event('worker-49', 'start', 'fail', { text: 'exit status 1' }));
    end();
    expect(last()).toHaveLength(6);
    expect(last()[0]).toContain('worker-49');
    expect(last()[1]).toContain('worker-48');
    expect(last()[5]).toBe('… 45 more (49 of 50 at rest)');
  });

  test('no line is longer than the terminal is wide', () => {
    const { onProgress, end, last } = live(24, 40);
    for (const phase of ['connect', 'facts', 'install', 'configure'])
      onProgress(event('worker-1', phase, 'done', { seconds: 61 }));
    onProgress(event('worker-1', 'start', 'update', { text: 'a very long text that does not fit at all' }));
    end();
    for (const line of last()) expect(line.length).toBeLessThan(40);
    expect(last()[0]).toContain('start');
  });
});
