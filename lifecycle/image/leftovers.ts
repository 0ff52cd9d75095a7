import { setTimeout as sleep } from 'node:timers/promises';
import { CloudError } from '../../cloud/cloud-error';
import type { OpenStack } from '../../cloud/openstack';
import type { ProgressListener } from '../../plan/progress';
import { BuildFolder, type BuildPlace } from './build-folder';

/** Until a server that is deleted is gone, and its port free. */
const LONGEST_MS = 180_000;
const PAUSE_MS = 1000;

/** The place that a session works in. */
export function placeOf({ credentials, projectId, region }: OpenStack): BuildPlace {
  return { authUrl: credentials.authUrl, projectId, region: region ?? null };
}

/**
 * Deletes what a build has made in the cloud, all of which has the build's name, and nothing else: server, floating IP,
 * port, rules of others' security groups that lead to it, security group, and the image where it was not finished.
 * @returns what was deleted, for people
 * @throws {CloudError} naming what could not be
 */
export async function clearBuild(cloud: OpenStack, name: string): Promise<readonly string[]> {
  const { compute, network, image } = cloud;
  const done: string[] = [];
  const failures: string[] = [];
  const each = async <T extends { readonly id: string }>(
    kind: string,
    list: Promise<readonly T[]>,
    remove: (thing: T) => Promise<void>,
  ): Promise<void> => {
    for (const thing of await list) {
      await remove(thing).then(
        () => done.push(`${kind} ${name} (${thing.id})`),
        (error: Error) => failures.push(`  - ${kind} ${name} (${thing.id}): ${error.message}`),
      );
    }
  };
  const named = <T extends { readonly name: string }>(all: readonly T[]) => all.filter((one) => one.name === name);
  const described = <T extends { readonly description: string }>(all: readonly T[]) =>
    all.filter((one) => one.description === name);
  await each('server', compute.servers({ name: `^${name}$` }).then(named), ({ id }) => removeServer(cloud, id));
  await each('floating IP', network.floatingIps().then(described), ({ id }) =>
    network.delete({ kind: 'floating IP', id }),
  );
  await each('port', network.ports({ name }).then(named), ({ id }) => network.delete({ kind: 'port', id }));
  await each('rule', network.securityGroupRules().then(described), ({ id }) =>
    network.delete({ kind: 'security group rule', id }),
  );
  await each('security group', network.securityGroups({ name }).then(named), ({ id }) =>
    network.delete({ kind: 'security group', id }),
  );
  await each('image', image.images({ name }).then(named), ({ id }) => image.delete(id));
  if (failures.length === 0) return done;
  throw new CloudError(
    'refused',
    [
      `what the build of an image made in the cloud could not all be deleted:`,
      ...failures,
      'Next: run "firesteel image build" or "firesteel image rm" again, which try it once more; else delete it by hand.',
    ].join('\n'),
  );
}

/** Deletes what builds of this machine have left whose process was killed. @throws {CloudError} */
export async function clearLeftBuilds(
  cloud: OpenStack,
  env: NodeJS.ProcessEnv,
  onProgress?: ProgressListener,
): Promise<void> {
  for (const folder of BuildFolder.left(env, placeOf(cloud))) {
    await folder.stopPacker();
    for (const what of await clearBuild(cloud, folder.name)) {
      const text = `${what}, which a build that was cut off had left, is deleted`;
      onProgress?.({ subject: 'image', phase: 'strays', state: 'warn', text });
    }
    folder.remove();
  }
}

async function removeServer({ compute }: OpenStack, id: string): Promise<void> {
  await compute.delete({ kind: 'server', id });
  for (const end = Date.now() + LONGEST_MS; (await compute.tryServer(id)) !== undefined; await sleep(PAUSE_MS)) {
    if (Date.now() > end) throw new CloudError('refused', `it is still there after ${LONGEST_MS / 1000} s`);
  }
}
