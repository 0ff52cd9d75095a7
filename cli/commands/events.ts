import { Command } from 'commander';
import { addGlobalOptions, examples, wholeNumber } from '../options';
import { describeEvents } from '../reports/events-report';
import type { Run } from '../session';
import { openWorkspace } from '../workspace';

interface EventsOptions {
  readonly lines?: number;
}

export function eventsCommand(run: Run): Command {
  const command = new Command('events')
    .summary('what was done to a cluster, when, by whom')
    .description(
      'Shows what was done to an environment from this project folder, with its outcome and how long it took; also when the ' +
        'environment is down. What has begun and has no end, because its process was killed, "was cut off".',
    )
    .argument('<environment>')
    .option('-n, --lines <count>', 'only the last ones', wholeNumber(1))
    .addHelpText(
      'after',
      examples(
        ['firesteel events dev', ''],
        ['firesteel events dev -n 1 --json | jq -r .events[].outcome', 'in a script'],
      ),
    )
    .action((environment: string, { lines }: EventsOptions, self: Command) =>
      run(self, async (session) => {
        const { readEvents } = await import('../../lifecycle/events');
        const all = readEvents(await openWorkspace(session), environment);
        const events = lines === undefined ? all : all.slice(-lines);
        return { json: { environment, events }, text: describeEvents(environment, events) };
      }),
    );
  return addGlobalOptions(command);
}
