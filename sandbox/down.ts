import * as fs from 'node:fs';
import { run } from './_run';
import { Box, cleanAfterBox } from './box';
import { type OnSandboxEvent, step } from './events';
import { Footprint } from './footprint';
import { requireHost } from './host';
import { withLock } from './lock';
import { type SandboxSettings, sandboxSettings } from './settings';

export interface DownOptions {
  readonly onEvent?: OnSandboxEvent;
  /** @default - from the environment */
  readonly settings?: SandboxSettings;
}

/** Stops the sandbox and takes its traces off the host. Servers, images and networks are there again after `up`. */
export function down(options: DownOptions = {}): Promise<void> {
  return alone(options, (settings, onEvent) => stop(settings, onEvent));
}

/** Stops the sandbox and forgets everything in it. The cache stays: the next `up` takes a minute, not four. */
export function destroy(options: DownOptions = {}): Promise<void> {
  return alone(options, async (settings, onEvent) => {
    await stop(settings, onEvent);
    if (!fs.existsSync(settings.stateDir)) return;
    await step(onEvent, `remove ${settings.stateDir}`, () =>
      run('rm', ['-rf', '--one-file-system', settings.stateDir]),
    );
  });
}

async function alone(
  { onEvent = () => undefined, settings = sandboxSettings() }: DownOptions,
  work: (settings: SandboxSettings, onEvent: OnSandboxEvent) => Promise<void>,
): Promise<void> {
  requireHost();
  const waiting = () => onEvent({ kind: 'warning', message: 'waiting for another sandbox command to end' });
  await withLock(settings.lock, waiting, () => work(settings, onEvent));
}

async function stop(settings: SandboxSettings, onEvent: OnSandboxEvent): Promise<void> {
  const box = Box.find(settings);
  if (box) await step(onEvent, 'stop the sandbox', () => box.stop(settings));
  else await cleanAfterBox(settings);
  await new Footprint(settings).takeBack();
}
