import { Command } from 'commander';
import { addCloudOptions, addGlobalOptions, type CloudOptions, collect, examples } from '../options';
import type { Run } from '../session';
import { withWorkspace } from '../workspace';

interface SubmitOptions extends CloudOptions {
  readonly on?: string;
  readonly conf?: readonly string[];
  readonly [sparkOption: string]: unknown;
}

/** Options of spark-submit that it gets as they are: the flag, its value and its meaning. */
const SPARK_OPTIONS = [
  ['--class', '<name>', "the jar's main class"],
  ['--name', '<name>', "the job's name"],
  ['--py-files', '<list>', 'further Python files, with commas between them; those of this machine are sent along'],
  ['--jars', '<list>', 'further jars, likewise'],
  ['--files', '<list>', 'files for the job, likewise'],
  ['--archives', '<list>', 'archives for the job, likewise'],
  ['--properties-file', '<file>', 'Spark properties'],
  ['--packages', '<list>', 'Maven coordinates'],
  ['--driver-memory', '<size>', 'e.g. 1g'],
  ['--executor-memory', '<size>', 'e.g. 2g'],
  ['--executor-cores', '<count>', ''],
  ['--total-executor-cores', '<count>', ''],
] as const;

export function submitCommand(run: Run): Command {
  const command = new Command('submit')
    .summary('run a Spark job and stream its output')
    .description(
      'Runs a job in client mode on the first master that can be reached (or --on NODE) and streams its output. Ends with the exit status of spark-submit; Ctrl-C ends the job. ' +
        'What comes after the file belongs to the job.',
    )
    .argument('<environment>')
    .argument('<file>', 'a .py or .jar of this machine, or an address that the nodes can read (local:/path, s3a://…)')
    .argument('[args...]', "the job's arguments")
    .option('--on <node>', 'node that the driver runs on (default: the first master that can be reached)')
    .option('-c, --conf <key=value>', 'a Spark property; may be given several times', collect)
    .addHelpText(
      'after',
      examples(
        ['firesteel submit dev job.py --date 2026-11-21', '--date is for the job'],
        ['firesteel submit dev --class org.example.Main app.jar', ''],
        ['firesteel submit dev --conf spark.executor.memory=2g job.py', ''],
        ['firesteel submit dev local:/opt/spark/examples/src/main/python/pi.py 100', 'a file that the nodes have'],
      ),
    )
    .action((environment: string, file: string, args: string[], options: SubmitOptions, self: Command) =>
      run(self, (session) =>
        withWorkspace(session, options, async (workspace) => {
          const { submit } = await import('../../lifecycle/submit');
          const result = await submit(workspace, environment, {
            file,
            args,
            sparkArgs: sparkArgs(self, options.conf ?? []),
            ...(options.on !== undefined && { on: options.on }),
            onStdout: session.stdout,
            onStderr: session.stderr,
          });
          return { json: result, exitCode: result.exitCode };
        }),
      ),
    );
  for (const [flag, value, meaning] of SPARK_OPTIONS) command.option(`${flag} ${value}`, meaning);
  return addGlobalOptions(addCloudOptions(command));
}

function sparkArgs(command: Command, conf: readonly string[]): string[] {
  const given = SPARK_OPTIONS.flatMap(([flag]) => {
    const name = flag.slice(2).replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value: unknown = command.getOptionValue(name);
    return typeof value === 'string' ? [flag, value] : [];
  });
  return [...conf.flatMap((property) => ['--conf', property]), ...given];
}
