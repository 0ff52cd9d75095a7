import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { lastConsoleLines, readHostKeys } from '../../cloud/console-host-keys';
import type { OpenStack } from '../../cloud/openstack';
import { bake } from '../../configure/bake';
import { connectNode } from '../../configure/connect';
import { HostKeys } from '../../configure/host-keys';
import type { Identity } from '../../configure/identity';
import type { Connection } from '../../configure/transport';
import { sealScript } from '../../packer/seal';
import { READY_FILE, RESULT_FILE } from '../../packer/wait-script';
import type { DeployedNode } from '../../plan/cluster-output';
import type { Timeouts } from '../../plan/cluster-plan';
import { phase } from '../_phase';
import type { WorkspaceOptions } from '../workspace';
import type { BuildFolder } from './build-folder';
import type { ImageContents } from './contents';

export interface ProvisionOptions extends Pick<WorkspaceOptions, 'onProgress'> {
  readonly folder: BuildFolder;
  readonly contents: ImageContents;
  readonly user: string;
  readonly identity: Identity;
  /** Port of this machine's loopback address that leads to the server's SSH. */
  readonly sshPort: number;
  /** Id of the server's port, by which it is found. */
  readonly port: string;
  readonly timeouts: Pick<Timeouts, 'sshSeconds' | 'cloudInitSeconds'>;
  readonly trustOnFirstUse: boolean;
  /** JSON that stays in the image. */
  readonly note: string;
  /** Aborted when Packer has ended, or somebody has pressed Ctrl-C. */
  readonly signal: AbortSignal;
}

const PAUSE_MS = 200;
const CONSOLE_LINES = 20;
const OFF_MS = 60_000;
const ANSWER_SECONDS = 5;

/**
 * Does what Packer waits for: over a connection of our own, whose host key is checked from the first byte, installs the
 * roles and seals the server. Packer is told how it ended, also where it failed.
 * @throws {Error} why it failed
 */
export async function provision(cloud: OpenStack, options: ProvisionOptions): Promise<void> {
  const { folder, signal } = options;
  while (!existsSync(folder.file(READY_FILE))) await sleep(PAUSE_MS, undefined, { signal });
  let result = 'failed';
  try {
    await onServer(cloud, options);
    result = 'ok';
  } finally {
    writeFileSync(folder.file(`${RESULT_FILE}.new`), result, { mode: 0o600 });
    renameSync(folder.file(`${RESULT_FILE}.new`), folder.file(RESULT_FILE));
  }
}

async function onServer(cloud: OpenStack, options: ProvisionOptions): Promise<void> {
  const { folder, contents, note, onProgress, signal } = options;
  const subject = folder.name;
  const connection = await connect(cloud, options);
  try {
    await phase(onProgress, { subject, phase: 'install' }, () =>
      bake(connection, {
        ...contents,
        onChange: ({ description }) => onProgress?.({ subject, phase: 'install', state: 'update', text: description }),
        ...(onProgress && { onProgress }),
        signal,
      }),
    );
    await phase(onProgress, { subject, phase: 'seal' }, () =>
      seal(connection, sealScript({ hostname: folder.name, note }), signal),
    );
  } finally {
    connection.close();
  }
}

/** Until the power goes: where Packer stopped the server, services would end in good order, and write as they do. */
async function seal(connection: Connection, script: string, signal: AbortSignal): Promise<void> {
  await connection.apply(script, { action: 'sealing the image', signal });
  for (const end = Date.now() + OFF_MS; Date.now() < end; await sleep(PAUSE_MS, undefined, { signal })) {
    try {
      await connection.read('true', { withinSeconds: ANSWER_SECONDS, signal });
    } catch {
      signal.throwIfAborted();
      return;
    }
  }
  throw new Error(`the server is sealed and does not power off within ${OFF_MS / 1000} s`);
}

async function connect(cloud: OpenStack, options: ProvisionOptions): Promise<Connection> {
  const { folder, user, identity, sshPort, timeouts, trustOnFirstUse, onProgress, signal } = options;
  const { compute } = cloud;
  const node = buildNode(folder.name, await serverOf(cloud, options.port));
  return connectNode(node, {
    cluster: { environment: folder.name, nodes: [node] },
    ...{ user, identity, timeouts, port: sshPort },
    hostKeys: new HostKeys({
      environment: folder.name,
      consoleHostKeys: async (id) => {
        const reading = await readHostKeys(compute, id);
        if (reading.kind === 'unavailable') throw new Error(reading.reason);
        return reading.kind === 'keys' ? reading.keys.map(({ type, key }) => `${type} ${key}`) : [];
      },
      trustOnFirstUse,
      ...(onProgress && { onProgress }),
    }),
    consoleOf: (id) => lastConsoleLines(compute, id, CONSOLE_LINES),
    ...(onProgress && { onProgress }),
    signal,
  });
}

async function serverOf({ network }: OpenStack, port: string): Promise<string> {
  const [found] = await network.ports({ id: port });
  if (found?.deviceId) return found.deviceId;
  throw new Error('the cloud does not say which server is on the port of the build');
}

/** Reached by way of the door, whatever its address is. */
function buildNode(name: string, serverId: string): DeployedNode {
  return {
    ...{ name, hostname: name, group: 'image', roles: [], serverId, imageId: '' },
    ...{ address: '127.0.0.1', floatingIp: null, region: null, vcpus: 0, memoryMiB: 0, volumes: [] },
  };
}
