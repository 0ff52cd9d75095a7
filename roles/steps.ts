import { directory } from '../operations/directory';
import { file } from '../operations/file';
import { once } from '../operations/once';
import type { Operation } from '../operations/operation';
import { lines, sh } from '../operations/shell';
import { unit } from '../operations/unit';
import { unitActive } from './_probes';
import type { NodeContext, Role } from './role';

/** When a step is taken. */
export const MOMENTS = {
  firstBoot: 'once, when the node is configured for the first time',
  everyBoot: 'then, and at every boot of the node',
  clusterStarting: 'before the services of the cluster start, whenever they do',
  clusterStarted: 'when all services of the cluster are well',
  regionReady: 'when all that is in its region is',
  planReady: 'when all regions are',
} as const;

export type Moment = keyof typeof MOMENTS;

/** Something of the user's own that a node does at a moment. */
export interface Step {
  /** Its text; without a `#!` line it is POSIX sh. Runs as root. */
  readonly script: string;
  /** Variables that it gets, besides `FIRESTEEL_CLUSTER`, `FIRESTEEL_NODE`, `FIRESTEEL_GROUP` and `FIRESTEEL_ADDRESS`. No secrets. */
  readonly parameters: Readonly<Record<string, string>>;
}

const FOLDER = '/etc/firesteel/steps';

/**
 * The steps that a group takes at one moment, as a role of its own: it starts when the moment has come.
 * @param after names of the roles that have to be well by then
 */
export function stepsRole(group: string, moment: Moment, steps: readonly Step[], after: readonly string[]): Role {
  const name = `${kebab(moment)}-${group}`;
  const paths = steps.map((_, index) => `${FOLDER}/${name}-${index}`);
  const role: Role = {
    name,
    summary: `steps of the group ${group}: ${MOMENTS[moment]}`,
    exposes: [],
    after,
    configure: (context) => [
      directory({ path: '/etc/firesteel' }),
      directory({ path: FOLDER, mode: 0o700 }),
      ...steps.flatMap((step, index) => files(step, paths[index]!, context)),
      ...(moment === 'firstBoot'
        ? paths.map((path, index) => once({ name: `${name}-${index}`, program: `${path}.run`, mirrors: true }))
        : []),
    ],
  };
  return moment === 'firstBoot' ? role : { ...role, ...started(name, moment, steps, paths) };
}

/** A unit that has run is active until the services stop; it has read nothing that can change while it is. */
function started(name: string, moment: Moment, steps: readonly Step[], paths: readonly string[]): Partial<Role> {
  const service = `firesteel-${name}.service`;
  const content = unitText(name, moment, paths);
  const restartOn = steps.map((step) => JSON.stringify(step));
  return {
    start: () => [unit({ name: service, content, enabled: moment === 'everyBoot', restartOn })],
    health: () => [unitActive(service)],
  };
}

function unitText(name: string, moment: Moment, paths: readonly string[]): string {
  return `# Written by firesteel configure; changes made here do not last.
[Unit]
Description=Steps of the user: ${name}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
RemainAfterExit=yes
TimeoutStartSec=infinity
${paths.map((path) => `ExecStart=${path}.run`).join('\n')}
${moment === 'everyBoot' ? '\n[Install]\nWantedBy=multi-user.target\n' : ''}`;
}

/** The script, and beside it a program that calls it with its parameters. */
function files({ script, parameters }: Step, path: string, context: NodeContext): readonly Operation[] {
  const { cluster, node } = context;
  const variables = {
    FIRESTEEL_CLUSTER: cluster,
    FIRESTEEL_NODE: node.name,
    FIRESTEEL_GROUP: node.group,
    FIRESTEEL_ADDRESS: node.address,
    ...parameters,
  };
  const exports = Object.entries(variables).map(([key, value]) => sh`export ${key}=${value}`);
  const text = script.startsWith('#!') ? script : `#!/bin/sh\nset -eu\n${script}`;
  const run = lines(sh`#!/bin/sh`, ...exports, sh`exec ${path}`);
  return [
    file({ path, content: text.endsWith('\n') ? text : `${text}\n`, mode: 0o700 }),
    file({ path: `${path}.run`, content: `${run.text}\n`, mode: 0o700 }),
  ];
}

function kebab(moment: Moment): string {
  return moment.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
