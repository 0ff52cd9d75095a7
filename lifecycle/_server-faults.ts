import type { Server } from '../cloud/compute';
import type { OpenStack } from '../cloud/openstack';
import type { Environment } from '../plan/load-environments';
import type { Workspace } from './workspace';

/**
 * Why the cloud could not make servers of an environment, a line each: Terraform tells only that their status is ERROR.
 * Empty where the cloud can't be asked, since there is a failure to be told already.
 */
export async function serverFaults(workspace: Workspace, environment: Environment): Promise<readonly string[]> {
  try {
    const clouds = await workspace.clouds(environment);
    const asked = (await Promise.all(clouds.map((cloud) => faulty(cloud, environment.name)))).flat();
    return asked.map(({ name, fault = 'no reason given' }) => `The cloud could not make server ${name}: ${fault}`);
  } catch {
    return [];
  }
}

async function faulty({ compute }: OpenStack, environment: string): Promise<readonly Server[]> {
  const servers = await compute.servers({ status: 'ERROR' });
  const own = servers.filter(({ metadata }) => metadata.environment === environment);
  // Nova's list leaves out why a server got no host; what it says of one server does not.
  return Promise.all(own.map(({ id }) => compute.findServer(id)));
}
