import type { ProgressListener } from '../plan/progress';
import type { OnSandboxEvent } from '../sandbox/events';

/** The sandbox's events as progress. */
export function sandboxProgress(onProgress: ProgressListener): OnSandboxEvent {
  const subject = 'sandbox';
  return (event) => {
    if (event.kind === 'start') onProgress({ subject, phase: event.step, state: 'start' });
    else if (event.kind === 'progress') onProgress({ subject, phase: event.step, state: 'update', text: event.detail });
    else if (event.kind === 'done') onProgress({ subject, phase: event.step, state: 'done', seconds: event.seconds });
    else if (event.kind === 'removed')
      onProgress({ subject, phase: 'remove', state: 'update', text: `${event.what} ${event.name}` });
    else if (event.kind === 'repair')
      onProgress({ subject, phase: 'repair', state: 'warn', text: `${event.service}: ${event.message}` });
    else onProgress({ subject, phase: 'sandbox', state: 'warn', text: event.message });
  };
}
