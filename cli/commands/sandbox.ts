import { Command, InvalidArgumentError, Option } from 'commander';
import { EXIT } from '../exit-code';
import { addGlobalOptions, examples, wholeNumber } from '../options';
import { describeSandbox } from '../reports/sandbox-report';
import { sandboxProgress } from '../sandbox-progress';
import type { Run, Session } from '../session';

export function sandboxCommand(run: Run): Command {
  const command = new Command('sandbox')
    .summary('a real OpenStack in a box on this machine')
    .description(
      'A real all-in-one OpenStack (keystone, glance, placement, nova, neutron) in namespaces of this machine. Needs root on Linux.',
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel sandbox up', 'make it, or start it again'],
        ['firesteel sandbox logs nova-compute', ''],
        ['firesteel sandbox reset', 'an empty cloud, in seconds'],
      ),
    );
  for (const make of [upCommand, statusCommand, logsCommand, resetCommand, downCommand, destroyCommand])
    command.addCommand(addGlobalOptions(make(run)));
  return addGlobalOptions(command);
}

/** As `EXTRAS` of the sandbox, which is not loaded for the help. */
const SERVICES = ['dns'] as const;

interface UpCommandOptions {
  readonly nodes?: 1 | 2;
  readonly with?: readonly (typeof SERVICES)[number][];
}

function upCommand(run: Run): Command {
  return new Command('up')
    .summary('make it, start it, or finish and repair what is there')
    .option('--nodes <count>', 'compute nodes: 1 or 2 (2 for real anti-affinity; never fewer than there are)', nodes)
    .addOption(
      new Option('--with <service...>', 'services to have besides, from its start on until it is destroyed').choices(
        SERVICES,
      ),
    )
    .addHelpText(
      'after',
      examples(
        ['firesteel sandbox up', ''],
        ['firesteel sandbox up --nodes 2', ''],
        ['firesteel sandbox up --with dns', 'Designate, with BIND'],
      ),
    )
    .action((options: UpCommandOptions, self: Command) =>
      run(self, async (session) => {
        const { up } = await import('../../sandbox/up');
        const info = await up({ ...listeners(session), ...options });
        const lines = [
          `the sandbox is up: ${info.authUrl}`,
          `use it:  export OS_CLIENT_CONFIG_FILE=${info.cloudsYaml} OS_CLOUD=${info.cloud}`,
          `network ${info.publicNetwork}, image ${info.image}, this machine is ${info.hostAddress} there`,
          ...(info.dns ? [`DNS: ${info.dns.public} has the public zones, ${info.dns.private} the private ones`] : []),
        ];
        return { json: info, text: lines.join('\n') };
      }),
    );
}

function statusCommand(run: Run): Command {
  return new Command('status')
    .summary('which of its services run; exit status 0 only if all do')
    .addHelpText('after', examples(['firesteel sandbox status', '']))
    .action((_options: object, self: Command) =>
      run(self, async () => {
        const { status } = await import('../../sandbox/status');
        const found = await status();
        return { json: found, text: describeSandbox(found), exitCode: found.state === 'up' ? EXIT.ok : EXIT.failure };
      }),
    );
}

function logsCommand(run: Run): Command {
  return new Command('logs')
    .summary("a service's log; without a name, the services that have one")
    .argument('[service]', 'e.g. nova-compute')
    .option('-f, --follow', 'go on until Ctrl-C')
    .option('-n, --lines <count>', 'lines from before now', wholeNumber(1), 100)
    .addHelpText(
      'after',
      examples(['firesteel sandbox logs', 'which there are'], ['firesteel sandbox logs neutron-server -f', '']),
    )
    .action((service: string | undefined, options: { follow?: boolean; lines: number }, self: Command) =>
      run(self, async (session) => {
        const { loggedServices, logs } = await import('../../sandbox/logs');
        if (service === undefined) {
          const services = loggedServices();
          return { json: { services }, text: services.join('\n') };
        }
        let count = 0;
        for await (const line of logs(service, { ...options, signal: session.signal })) {
          session.stdout(`${line}\n`);
          count += 1;
        }
        return { json: { service, lines: count } };
      }),
    );
}

function resetCommand(run: Run): Command {
  return new Command('reset')
    .summary('delete all servers, networks, … of its project, in seconds')
    .addHelpText('after', examples(['firesteel sandbox reset', 'an empty cloud again']))
    .action((_options: object, self: Command) =>
      run(self, async (session) => {
        const { reset } = await import('../../sandbox/reset');
        const removed = await reset(listeners(session));
        const what = removed.map(({ what: kind, name }) => `${kind} ${name}`);
        return { json: { removed }, text: [...what, `${removed.length} things removed`].join('\n') };
      }),
    );
}

function downCommand(run: Run): Command {
  return new Command('down')
    .summary('stop it; servers and images are there again after up')
    .addHelpText('after', examples(['firesteel sandbox down', '']))
    .action((_options: object, self: Command) =>
      run(self, async (session) => {
        const { down } = await import('../../sandbox/down');
        await down({ onEvent: sandboxProgress(session.onProgress) });
        return { json: { running: false }, text: 'the sandbox is down' };
      }),
    );
}

function destroyCommand(run: Run): Command {
  return new Command('destroy')
    .summary('stop it and forget everything in it')
    .addHelpText('after', examples(['firesteel sandbox destroy', 'what was downloaded and built stays in the cache']))
    .action((_options: object, self: Command) =>
      run(self, async (session) => {
        const { destroy } = await import('../../sandbox/down');
        await destroy({ onEvent: sandboxProgress(session.onProgress) });
        return { json: { destroyed: true }, text: 'the sandbox is destroyed' };
      }),
    );
}

function listeners(session: Session) {
  return { onEvent: sandboxProgress(session.onProgress), signal: session.signal };
}

function nodes(text: string): 1 | 2 {
  if (text === '1') return 1;
  if (text === '2') return 2;
  throw new InvalidArgumentError('It must be 1 or 2.');
}
