import { hostNames } from '../plan/cluster-plan';
import { commonNames } from '../plan/common-names';
import type { Environment } from '../plan/load-environments';
import { ApplyMark } from './_apply-mark';
import { findStrays } from './_strays';
import type { Terraform } from './terraform';
import type { Workspace } from './workspace';

/**
 * Deletes what an interrupted run left in the cloud and no state knows: where Terraform is stopped while a port, a floating
 * IP, a network, a subnet or a router gets ready, the provider forgets it. To be called when a plan has shown that nobody
 * else is at work on the stack.
 */
export async function clearStrays(workspace: Workspace, environment: Environment, terraform: Terraform): Promise<void> {
  const { onProgress, signal } = workspace.options;
  const { network } = await workspace.cloud(environment);
  const { resources } = await terraform.state();
  const [ports, floatingIps, routers, subnets, networks] = await Promise.all([
    network.ports(),
    network.floatingIps(),
    network.routers(),
    network.subnets(),
    network.networks(),
  ]);
  const since = new ApplyMark(workspace.memoryDir, environment.name).since;
  const strays = findStrays(
    { ports, floatingIps, routers, subnets, networks },
    { names: namesOf(environment), known: new Set(resources.map(({ id }) => id)), ...(since && { since }) },
  );
  for (const stray of strays) {
    signal?.throwIfAborted();
    const what = `${stray.kind} ${stray.name} (${stray.id}), which an interrupted run had left,`;
    const said = await network.delete(stray).then(
      () => `${what} is deleted`,
      (error: Error) => `${what} could not be deleted: ${error.message}`,
    );
    onProgress?.({ subject: environment.name, phase: 'strays', state: 'warn', text: said });
  }
}

function namesOf(environment: Environment): ReadonlySet<string> {
  if (environment.kind === 'common') return new Set(Object.values(commonNames(environment.name)));
  return hostNames(environment.plan);
}
