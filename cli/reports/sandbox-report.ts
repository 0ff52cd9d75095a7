import type { SandboxStatus } from '../../sandbox/status';
import { duration } from '../progress/listener';
import { table } from '../table';

/** Services and endpoints with what is wrong, and how to use it. */
export function describeSandbox({ state, services, endpoints, hostNetwork, info }: SandboxStatus): string {
  if (state === 'down') return 'the sandbox is down: "firesteel sandbox up" starts it';
  const rows = [
    ...services.map(({ name, running, seconds, problem }) => [
      running ? '✔' : '✖',
      name,
      running ? `runs for ${duration(seconds)}` : `${problem}, ${duration(seconds)} ago`,
    ]),
    ...endpoints.map(({ name, url, ok, problem }) => [ok ? '✔' : '✖', `${name} API`, ok ? url : `${url}: ${problem}`]),
    ...hostNetwork.map((what) => ['✖', 'host network', `${what} is missing`]),
  ];
  const head =
    state === 'up' ? 'the sandbox is up' : 'the sandbox runs, but not all of it: "firesteel sandbox up" repairs it';
  const use = info ? [`use it:  export OS_CLIENT_CONFIG_FILE=${info.cloudsYaml} OS_CLOUD=${info.cloud}`] : [];
  return [table(['', 'SERVICE', 'STATE'], rows), head, ...use].join('\n');
}
