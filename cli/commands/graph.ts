import { resolve } from 'node:path';
import { Command, Option } from 'commander';
import { sync as writeFileAtomic } from 'write-file-atomic';
import { GRAPH_FORMATS, type GraphFormat } from '../../lifecycle/graph';
import { addGlobalOptions, examples } from '../options';
import type { Run } from '../session';
import { openWorkspace } from '../workspace';

interface GraphOptions {
  readonly format: Exclude<GraphFormat, 'json'>;
  readonly output?: string;
}

export function graphCommand(run: Run): Command {
  const formats = GRAPH_FORMATS.filter((format) => format !== 'json');
  const command = new Command('graph')
    .summary('draw groups, ports, and who may talk to whom')
    .description(
      'Draws an environment from its plan alone: node groups, the ports that their roles open to each other, and what is ' +
        'open from outside. What has no arrow is closed. No cloud is asked.',
    )
    .argument('<environment>')
    .addOption(new Option('-f, --format <format>', 'what to draw').choices(formats).default('svg'))
    .option('-o, --output <file>', 'where to; without it, to standard output')
    .addHelpText(
      'after',
      examples(
        ['firesteel graph dev -o dev.svg', ''],
        ['firesteel graph dev --format mermaid', 'for a page of Markdown'],
        ['firesteel graph dev --json | jq .graph.edges', 'in a script'],
      ),
    )
    .action((environment: string, { format, output }: GraphOptions, self: Command) =>
      run(self, async (session) => {
        const { graph } = await import('../../lifecycle/graph');
        const workspace = await openWorkspace(session);
        const json = { environment, graph: JSON.parse(await graph(workspace, environment, 'json')) as unknown };
        const picture = await graph(workspace, environment, format);
        if (output === undefined) return { json, text: picture.trimEnd() };
        const file = resolve(session.cwd, output);
        writeFileAtomic(file, picture);
        return { json: { ...json, file }, text: `${file} is written` };
      }),
    );
  return addGlobalOptions(command);
}
