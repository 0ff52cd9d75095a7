import { Command } from 'commander';
import { EXIT } from '../exit-code';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples, list, seconds, wholeNumber } from '../options';
import { describeMissingLogs, prefixes } from '../reports/logs-report';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface LogsOptions extends CloudOptions {
  readonly role?: readonly string[];
  readonly follow?: boolean;
  readonly lines?: number;
  readonly since?: number;
}

export function logsCommand(run: Run): Command {
  const command = new Command('logs')
    .summary("what the cluster's services have logged")
    .description(
      "Shows the journal of the roles' services, of several nodes in the order of time (UTC) with the node's name in front. With " +
        '--follow it goes on until Ctrl-C; a node that breaks is told and ends no other. Nodes whose servers are off on purpose ' +
        'are left out.',
    )
    .argument('<environment>')
    .argument('[node...]', 'default: all nodes')
    .option('--role <roles>', 'only services of these roles, e.g. spark-worker', list)
    .option('-f, --follow', 'go on with what comes')
    .option('-n, --lines <count>', 'last lines of each node (default: 100; 100000 with --since)', wholeNumber(1))
    .option('--since <time>', 'nothing older, e.g. 90s, 10m or 2h', seconds)
    .addHelpText(
      'after',
      examples(
        ['firesteel logs dev', 'the last lines of all nodes'],
        ['firesteel logs dev worker-2 --follow', ''],
        ['firesteel logs dev --role spark-worker --since 10m', ''],
      ),
    )
    .action((environment: string, on: string[], options: LogsOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { logs } = await import('../../lifecycle/logs');
          let prefix = (_node: string): string => '';
          const result = await logs(workspace, environment, {
            selection: { ...(on.length > 0 && { on }), ...(options.role && { roles: options.role }) },
            follow: options.follow ?? false,
            ...(options.lines !== undefined && { lines: options.lines }),
            ...(options.since !== undefined && { sinceSeconds: options.since }),
            onNodes: (nodes) => {
              prefix = prefixes(nodes);
            },
            onLine: (node, line) => {
              if (session.json) session.emit({ type: 'log', node, line });
              else session.stdout(`${prefix(node)}${line}\n`);
            },
          });
          return { json: result, text: describeMissingLogs(result), exitCode: result.ok ? EXIT.ok : EXIT.failure };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}
