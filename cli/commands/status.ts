import { Command } from 'commander';
import type { StatusResult } from '../../lifecycle/status';
import type { Workspace } from '../../lifecycle/workspace';
import { EXIT } from '../exit-code';
import { addCloudOptions, addGlobalOptions, type CloudOptions, examples } from '../options';
import { describeDrift } from '../reports/drift-report';
import { describeStatus, type StatusReportOptions } from '../reports/status-report';
import type { CommandResult, Run } from '../session';
import { withWorkspace } from '../workspace';

interface StatusCommandOptions extends CloudOptions {
  readonly drift?: boolean;
}

export function statusCommand(run: Run): Command {
  const command = new Command('status')
    .summary('what is well and what is wrong, for every node and role')
    .description(
      'Asks every node, or those that are named: the state of its units, and a probe of each service run on the node itself. ' +
        'Exit status 0 only if all is well on them, and package mirrors are not open though the plan wants them closed. With --drift it says too what was changed by hand in the cloud, always the ' +
        'whole of it, and on the nodes since they were deployed and configured, changes nothing, and exits with status 1 where ' +
        'there is any. What you have edited in the files of environments/ is no drift, and is told apart. Of a common ' +
        'environment, which has no nodes, --drift says what was changed in the cloud.',
    )
    .argument('<environment>')
    .argument('[node...]', 'default: all nodes')
    .option('--drift', 'what was changed by hand, too; exit status 1 where anything was')
    .addHelpText(
      'after',
      examples(
        ['firesteel status dev', ''],
        ['firesteel status dev worker-1 worker-2', 'of these nodes alone'],
        ['firesteel status dev --json | tail -1 | jq .ok', 'in a script'],
        ['firesteel status dev --drift', 'ports opened by hand, servers shut off, files edited, services stopped'],
        ['firesteel status common --drift', 'networks and rules that all share'],
      ),
    )
    .action((name: string, named: string[], options: StatusCommandOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const nodes = named.length > 0 ? named : undefined;
          if (options.drift && !nodes && workspace.environment(name).kind === 'common')
            return withDrift(workspace, { environment: name, ok: true, nodes: [] }, { partial: false });
          const { status } = await import('../../lifecycle/status');
          const result = await status(workspace, name, { ...(nodes && { nodes }) });
          const shown = { partial: nodes !== undefined };
          if (options.drift) return withDrift(workspace, result, shown);
          return { json: result, text: describeStatus(result, shown), exitCode: result.ok ? EXIT.ok : EXIT.failure };
        }),
      ),
    );
  return addGlobalOptions(addCloudOptions(command));
}

async function withDrift(
  workspace: Workspace,
  result: StatusResult,
  shown: StatusReportOptions,
): Promise<CommandResult> {
  const { findDrift } = await import('../../lifecycle/drift');
  const nodes = shown.partial ? result.nodes.map(({ name }) => name) : undefined;
  const drift = await findDrift(workspace, result.environment, { ...(nodes && { nodes }) });
  const reports = [...(result.nodes.length > 0 ? [describeStatus(result, shown)] : []), describeDrift(drift, nodes)];
  return {
    json: { ...result, drift },
    text: reports.join('\n\n'),
    exitCode: result.ok && !drift.drifted ? EXIT.ok : EXIT.failure,
  };
}
