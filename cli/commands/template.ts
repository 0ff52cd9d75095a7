import { relative } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { type InitCommandOptions, initOptions } from '../init-options';
import { addCloudOptions, addGlobalOptions, examples } from '../options';
import type { Run } from '../session';
import { table } from '../table';

export function templateCommand(run: Run): Command {
  const command = new Command('template')
    .summary('bundled plans: list, show, init')
    .description('Plans for common clusters, with gaps for what differs from cloud to cloud.')
    .addHelpText(
      'after',
      examples(
        ['firesteel template list', ''],
        ['firesteel template init kafka events', 'writes environments/events.yaml'],
      ),
    );
  return addGlobalOptions(command)
    .addCommand(listCommand(run))
    .addCommand(showCommand(run))
    .addCommand(initCommand(run));
}

function listCommand(run: Run): Command {
  const command = new Command('list')
    .summary('what there is')
    .description('Lists the bundled templates.')
    .addHelpText('after', examples(['firesteel template list', '']))
    .action((_options: object, self: Command) =>
      run(self, async () => {
        const { templates } = await import('../../lifecycle/templates');
        const all = templates().map(({ name, summary }) => ({ name, summary }));
        const rows = all.map(({ name, summary }) => [name, summary]);
        return { json: { templates: all }, text: table(['TEMPLATE', 'WHAT IT IS'], rows) };
      }),
    );
  return addGlobalOptions(command);
}

function showCommand(run: Run): Command {
  const command = new Command('show')
    .summary('the plan, and the values that belong into its gaps')
    .description('Shows a template: what belongs into its gaps, and the plan.')
    .argument('<template>')
    .addHelpText('after', examples(['firesteel template show kafka', '']))
    .action((name: string, _options: object, self: Command) =>
      run(self, async () => {
        const { findTemplate } = await import('../../lifecycle/templates');
        const template = findTemplate(name);
        const rows = Object.entries(template.values).map(([key, { what, needs, default: otherwise }]) => [
          key,
          needs ? `${what}: ${needs.vcpus} vCPU, ${needs.memoryMiB} MiB, ${needs.diskGiB} GiB disk or more` : what,
          otherwise === undefined ? (needs || key === 'image' ? 'asked of the cloud' : 'needed') : String(otherwise),
        ]);
        const text = `${template.summary}\n\n${table(['VALUE', 'WHAT IT IS', 'WITHOUT IT'], rows)}\n\n${template.text}`;
        return { json: template, text };
      }),
    );
  return addGlobalOptions(command);
}

interface TemplateInitOptions extends Pick<InitCommandOptions, 'cloud' | 'openrc'> {
  readonly set?: Readonly<Record<string, string>>;
}

function initCommand(run: Run): Command {
  const command = new Command('init')
    .summary('write an environment from a template')
    .description(
      'Writes environments/<environment>.yaml. The newest image and the smallest flavors that fit are asked of the cloud ' +
        'where they are not given. "firesteel init" writes the common environment that it stands on.',
    )
    .argument('<template>')
    .argument('<environment>', 'e.g. dev')
    .option('--set <name=value>', 'what belongs into a gap; may be given several times', setting)
    .option('--cloud <name>', 'entry of clouds.yaml (default: OS_CLOUD, OS_* variables, or the only one)')
    .addHelpText(
      'after',
      examples(
        ['firesteel template init kafka events', ''],
        ['firesteel template init web-pair shop --set app=./apps/shop --set servers=3', ''],
        ['firesteel template init spark-ha prod --set common=common-eu', 'on another common environment'],
      ),
    )
    .action((name: string, environment: string, { set = {}, ...options }: TemplateInitOptions, self: Command) =>
      run(self, async (session) => {
        const [{ findTemplate }, { initTemplate }] = await Promise.all([
          import('../../lifecycle/templates'),
          import('../../lifecycle/template-init'),
        ]);
        const template = findTemplate(name);
        const { projectDir, credentials } = await initOptions(session, options);
        const { onProgress, signal } = session;
        const result = await initTemplate(template, {
          ...{ projectDir, environment, values: set, credentials, onProgress, signal },
        });
        const found = Object.entries(result.found).map(([key, value]) => `${key.padEnd(16)} ${value}`);
        const next = result.missing.map(whatIsMissing);
        const lines = [
          `${relative(session.cwd, result.file)} is written`,
          ...found,
          '',
          ...next,
          `look       npx firesteel graph ${environment} -o ${environment}.svg`,
          `make it    npx firesteel up ${environment}`,
        ];
        return { json: result, text: lines.join('\n') };
      }),
    );
  return addGlobalOptions(addCloudOptions(command));
}

function whatIsMissing(common: string): string {
  const file = `environments/${common}.yaml`;
  const how =
    common === 'common'
      ? `npx firesteel init, which writes ${file}`
      : `write ${file}, as "firesteel init" writes common.yaml`;
  return `first      ${how}`;
}

function setting(text: string, earlier: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>> {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('It must be name=value.');
  return { ...earlier, [text.slice(0, at)]: text.slice(at + 1) };
}
