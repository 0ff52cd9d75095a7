import { relative } from 'node:path';
import { Command } from 'commander';
import { namesNoCloud, SANDBOX } from '../default-cloud';
import { EXIT } from '../exit-code';
import { type InitCommandOptions, initOptions } from '../init-options';
import { addGlobalOptions, examples } from '../options';
import { describeInit } from '../reports/init-report';
import { describeAccess, describeChanges } from '../reports/up-report';
import { sandboxProgress } from '../sandbox-progress';
import type { Run, Session } from '../session';
import { withWorkspace } from '../workspace';
import { addInitOptions } from './init';

export function quickstartCommand(run: Run): Command {
  const command = new Command('quickstart')
    .summary('from nothing to the answer of a Spark cluster')
    .description(
      'Writes environments/common.yaml and dev.yaml if there are none, brings both up and runs a Spark job on them. Without a cloud of your own (OS_CLOUD, OS_* variables, --cloud, --openrc) ' +
        'on a real OpenStack in a box on this machine. May be run again at any time.',
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel quickstart', 'no cloud account needed'],
        ['OS_CLOUD=mycloud firesteel quickstart', 'on your own OpenStack'],
      ),
    )
    .action((options: InitCommandOptions, self: Command) =>
      run(self, async (session) => {
        const sandbox = await meansSandbox(session, options);
        if (sandbox) await startSandbox(session);
        const choice = sandbox ? { ...options, cloud: SANDBOX } : options;
        return withWorkspace(session, options, async (workspace) => {
          const { quickstart } = await import('../../lifecycle/quickstart');
          const result = await quickstart(workspace, {
            init: await initOptions(session, choice),
            onInit: (found) => session.stdout(`${describeInit(found, (path) => relative(process.cwd(), path))}\n`),
          });
          const { summary } = result.up;
          const text = [
            describeChanges(result.up),
            ...(result.pi ? ['', result.pi] : []),
            ...(summary && result.exitCode === EXIT.ok ? ['', describeAccess(summary)] : []),
          ];
          return { json: result, text: text.join('\n'), exitCode: result.exitCode ?? EXIT.failure };
        });
      }),
    );
  return addGlobalOptions(addInitOptions(command));
}

/** The environments that are there say which cloud they are of, and the call must not say another. */
async function meansSandbox(session: Session, options: InitCommandOptions): Promise<boolean> {
  const { environmentNames, loadEnvironment } = await import('../../plan/load-environments');
  const existing = environmentNames(session.dir).includes('dev') ? loadEnvironment(session.dir, 'dev') : undefined;
  if (!existing) {
    const named = options.openrc === undefined ? (options.cloud ?? session.env.OS_CLOUD) : undefined;
    return named === SANDBOX || namesNoCloud(session, options);
  }
  const { cloud } = existing.plan;
  const asked = askedFor(session, options, cloud);
  if (asked !== undefined) {
    const { UsageError } = await import('../../lifecycle/errors');
    throw new UsageError(
      `${existing.file} is of cloud "${cloud}", and ${asked} is asked for: work in another folder (--dir), or destroy dev and common first ("firesteel plan dev --to destroy" says how) and move environments/*.yaml away`,
    );
  }
  return cloud === SANDBOX;
}

/** The cloud that is asked for, in words, where it is another than `known`. */
function askedFor({ env }: Session, options: InitCommandOptions, known: string | undefined): string | undefined {
  if (known === undefined) return undefined;
  if (options.openrc !== undefined) return `that of ${options.openrc}`;
  const named = options.cloud ?? env.OS_CLOUD;
  if (named) return named === known ? undefined : `"${named}"`;
  // The variables of any other cloud may have been sourced for the very one that the plan names.
  return known === SANDBOX && env.OS_AUTH_URL ? 'that of the OS_* variables' : undefined;
}

async function startSandbox(session: Session): Promise<void> {
  const { up } = await import('../../sandbox/up');
  await up({ onEvent: sandboxProgress(session.onProgress), signal: session.signal });
}
