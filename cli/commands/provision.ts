import { Command, InvalidArgumentError } from 'commander';
import { inFolder } from '../cluster-options';
import { confirmWith } from '../confirm';
import { EXIT } from '../exit-code';
import { type InitCommandOptions, initOptions } from '../init-options';
import { addSurroundingsOptions, deleteKept } from '../kept-project';
import {
  addCloudOptions,
  addGlobalOptions,
  addTimeoutOptions,
  addTrustOption,
  examples,
  openrcPath,
  type ReachCliOptions,
  reachOf,
  wholeNumber,
} from '../options';
import type { Run, Session } from '../session';
import { withWorkspace } from '../workspace';

interface ProvisionOptions extends Omit<InitCommandOptions, 'flavor' | 'workers'>, ReachCliOptions {
  readonly keyFromAccount?: boolean;
  readonly destroy?: boolean;
  readonly yes?: boolean;
}

export function provisionCommand(run: Run): Command {
  const command = new Command('provision')
    .summary('a web application behind a pair of balancers, without a file')
    .description(
      'Makes two nodes with keepalived and haproxy that share one public address, and application servers behind them (nginx, ' +
        'gunicorn, the code of the folder), and prints the address, and nothing else, to standard output. Run again, it ' +
        'brings new code and changes the number of servers. Firesteel keeps a project for each application and environment; ' +
        'all other commands work on it.',
    )
    .argument('<app>', "folder with the application's code, or its name in apps/ or examples/apps/")
    .argument('<environment>', 'e.g. dev; the cluster is called <app>-<environment>')
    .argument('<servers>', 'application servers', count)
    .argument('<size>', 'flavor of all nodes')
    .option('--destroy', 'destroy it, with its network')
    .option('-y, --yes', "don't ask where servers go")
    .option('--image <name>', 'of all nodes (default: the newest public Debian or Ubuntu)')
    .addHelpText(
      'after',
      examples(
        ['firesteel provision hello_world dev 1 m1.small', ''],
        ['curl http://$(firesteel provision apps/blog prod 3 m1.medium)/', ''],
        ['firesteel provision hello_world dev 1 m1.small --destroy', ''],
      ),
    )
    .action(
      (app: string, environment: string, servers: number, size: string, options: ProvisionOptions, self: Command) =>
        run(self, (session) =>
          options.destroy
            ? destroy(session, app, environment, options)
            : provisioned(session, { app, environment, servers, size }, options),
        ),
    );
  return addGlobalOptions(addTrustOption(addTimeoutOptions(addCloudOptions(addSurroundingsOptions(command)))));
}

interface Wanted {
  readonly app: string;
  readonly environment: string;
  readonly servers: number;
  readonly size: string;
}

async function provisioned(session: Session, { app, environment, servers, size }: Wanted, options: ProvisionOptions) {
  const [{ ClusterProject }, { findApp, provisionName, settleProvision }, { provision }] = await Promise.all([
    import('../../lifecycle/cluster-project'),
    import('../../lifecycle/provision-wishes'),
    import('../../lifecycle/provision'),
  ]);
  const folder = findApp(app, session.cwd);
  const project = ClusterProject.named(provisionName(folder, environment), session.env);
  const there = inFolder(session, project.dir);
  const { credentials, ...found } = await initOptions(there, { ...options, flavor: size });
  const { keyFromAccount = false } = options;
  const { onProgress, signal } = session;
  const wishes = { ...found, app: folder, servers, flavor: size, keyFromAccount };
  const settled = await settleProvision(project, wishes, { credentials, onProgress, signal });
  project.open();
  const result = await withWorkspace(there, openrcPath(session, options), (workspace) =>
    provision(workspace, project, settled, { ...reachOf(options), ...confirmWith(session, options.yes) }),
  );
  const failed = (result.configured?.failed ?? 0) > 0;
  return { json: result, text: result.address, exitCode: failed ? EXIT.failure : EXIT.ok };
}

async function destroy(session: Session, app: string, environment: string, options: ProvisionOptions) {
  const [{ ClusterProject }, { findApp, provisionName }] = await Promise.all([
    import('../../lifecycle/cluster-project'),
    import('../../lifecycle/provision-wishes'),
  ]);
  const project = ClusterProject.existing(provisionName(findApp(app, session.cwd), environment), session.env);
  const { result, told } = await deleteKept(session, project, options);
  session.stderr(`${told}\n`);
  return { json: result, text: '', exitCode: result.leftovers.length > 0 ? EXIT.failure : EXIT.ok };
}

function count(text: string): number {
  const value = wholeNumber(1)(text);
  if (value > 1000) throw new InvalidArgumentError('It must be at most 1000.');
  return value;
}
