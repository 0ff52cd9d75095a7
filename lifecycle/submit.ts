import { clusterConnector } from '../configure/cluster-access';
import { type SubmitOptions, submit as submitOn } from '../configure/submit';
import { uploadPlan } from '../configure/submit-files';
import type { DeployedNode } from '../plan/cluster-output';
import { type Deployed, findDeployed } from './deployed';
import { entryNodes } from './entry-nodes';
import { InterruptedError, UsageError } from './errors';
import { recorded } from './events';
import { reach } from './reach';
import { mastersOf } from './summary';
import type { Workspace } from './workspace';

export interface SubmitRequest extends Omit<SubmitOptions, 'signal' | 'onUpload'> {
  /** Node that the driver runs on. @default - the first master that can be reached */
  readonly on?: string;
}

export interface SubmitResult {
  readonly environment: string;
  readonly node: string;
  /** spark-submit's own. */
  readonly exitCode: number;
}

/**
 * Runs a Spark job in client mode on a node of the cluster and streams its output; aborting the workspace's signal ends
 * the job.
 * @throws {UsageError} for a cluster without Spark, a node that there isn't, or one that is off
 */
export async function submit(workspace: Workspace, environment: string, request: SubmitRequest): Promise<SubmitResult> {
  await requireFiles(request);
  const deployed = await findDeployed(workspace, environment);
  if (mastersOf(deployed).length === 0) throw new UsageError(`${environment} has no Spark master to submit to`);
  const nodes = entryNodes(deployed, request.on);
  const deed = {
    verb: 'submit',
    detail: `on ${nodes.map(({ name }) => name).join(' or ')}`,
    failure: ({ exitCode }: SubmitResult) => (exitCode === 0 ? undefined : `exit status ${exitCode}`),
  };
  return recorded(workspace, environment, deed, () => submitTo(workspace, deployed, nodes, request));
}

async function submitTo(
  workspace: Workspace,
  deployed: Deployed,
  nodes: readonly DeployedNode[],
  request: SubmitRequest,
): Promise<SubmitResult> {
  const { onProgress, signal } = workspace.options;
  const connector = await clusterConnector(await reach(workspace, deployed));
  try {
    const connection = await connector.connectAny(nodes);
    const { node } = connection;
    const exitCode = await submitOn(connection, {
      ...request,
      onUpload: (file, sent, total) => {
        const state = sent === total ? 'done' : 'update';
        onProgress?.({ subject: node, phase: 'upload', state, text: `${file}: ${sent} of ${total} bytes` });
      },
      ...(signal && { signal }),
    });
    return { environment: deployed.output.environment, node, exitCode };
  } catch (error) {
    if (signal?.aborted) throw new InterruptedError('interrupted: the job was ended');
    throw error;
  } finally {
    connector.close();
  }
}

/** Known before a node is gone to. */
async function requireFiles({ file, sparkArgs = [] }: SubmitRequest): Promise<void> {
  await uploadPlan(file, sparkArgs, '/').catch((error: Error) => {
    throw new UsageError(error.message);
  });
}
