import { Command } from 'commander';
import { EXIT } from '../exit-code';
import {
  addCloudOptions,
  addDrainOption,
  addGlobalOptions,
  addTimeoutOptions,
  type CloudOptions,
  type DrainOptions,
  drainOf,
  examples,
  type TimeoutOptions,
  timeoutsOf,
} from '../options';
import { describeConfigure } from '../reports/configure-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface StopOptions extends CloudOptions, TimeoutOptions, DrainOptions {
  readonly keepServers?: boolean;
  readonly now?: boolean;
}

interface RestartOptions extends CloudOptions, TimeoutOptions, DrainOptions {
  readonly servers?: boolean;
  readonly now?: boolean;
}

export function stopCommand(run: Run): Command {
  const command = new Command('stop')
    .summary('stop services in the right order, and shut the servers off')
    .description(
      'Stops the services of a cluster, or of some of its nodes, those that started last first, then shuts the servers off. ' +
        'Nodes that others go on beside are drained first. What is stopped stays so until "firesteel start", also for plans: ' +
        'they show no difference.',
    )
    .argument('<environment>')
    .argument('[node...]', 'default: all of the cluster')
    .option('--keep-servers', 'stop the services only')
    .option('--now', "don't wait for running work to finish or move")
    .addHelpText(
      'after',
      examples(
        ['firesteel stop dev', 'overnight: disks and addresses stay'],
        ['firesteel stop dev worker-2', 'one node, drained first'],
        ['firesteel stop dev --keep-servers', 'the services only'],
      ),
    )
    .action((name: string, nodes: string[], options: StopOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { stop } = await import('../../lifecycle/power');
          const result = await stop(workspace, name, {
            ...some(nodes),
            ...drainOf(options),
            keepServers: options.keepServers ?? false,
            now: options.now ?? false,
            timeouts: timeoutsOf(options),
          });
          const how = result.off ? 'off' : 'stopped';
          return { json: result, text: `${name}: ${result.stopped.join(', ')} ${how}` };
        }),
      ),
    );
  return addGlobalOptions(addTimeoutOptions(addDrainOption(addCloudOptions(command))));
}

export function startCommand(run: Run): Command {
  const command = new Command('start')
    .summary('start what was stopped: servers, then services in their order')
    .description('Starts servers that are off, then the services, in their order, and waits until all is healthy.')
    .argument('<environment>')
    .argument('[node...]', 'default: all of the cluster')
    .addHelpText('after', examples(['firesteel start dev', ''], ['firesteel start dev worker-2', 'one node']))
    .action((name: string, nodes: string[], options: CloudOptions & TimeoutOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { start } = await import('../../lifecycle/power');
          const result = await start(workspace, name, { ...some(nodes), timeouts: timeoutsOf(options) });
          return started(result);
        }),
      ),
    );
  return addGlobalOptions(addTimeoutOptions(addCloudOptions(command)));
}

export function restartCommand(run: Run): Command {
  const command = new Command('restart')
    .summary('stop and start again, in the right order')
    .description(
      'Stops the services of a cluster, or of some of its nodes, and starts them again, each in its order. Nodes that others ' +
        'go on beside are drained first.',
    )
    .argument('<environment>')
    .argument('[node...]', 'default: all of the cluster')
    .option('--servers', 'shut the servers off and on again too')
    .option('--now', "don't wait for running work to finish or move")
    .addHelpText(
      'after',
      examples(['firesteel restart dev worker-2', ''], ['firesteel restart dev --servers', 'the whole cluster']),
    )
    .action((name: string, nodes: string[], options: RestartOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { restart } = await import('../../lifecycle/power');
          const result = await restart(workspace, name, {
            ...some(nodes),
            ...drainOf(options),
            servers: options.servers ?? false,
            now: options.now ?? false,
            timeouts: timeoutsOf(options),
          });
          return started(result);
        }),
      ),
    );
  return addGlobalOptions(addTimeoutOptions(addDrainOption(addCloudOptions(command))));
}

function some(nodes: readonly string[]): { nodes?: readonly string[] } {
  return nodes.length > 0 ? { nodes } : {};
}

function started(result: Awaited<ReturnType<typeof import('../../lifecycle/power').start>>) {
  const { configured } = result;
  return {
    json: result,
    text: describeConfigure(configured),
    exitCode: configured.failed > 0 ? EXIT.failure : EXIT.ok,
  };
}
