import { releaseDirectory } from '../_folder-release';
import { memoryShareMiB, within } from '../_memory';
import type { NodeContext, NodeInfo } from '../role';
import { FLASK_APP_CODE, FLASK_APP_SOCKET } from './_paths';
import { codeOf, flaskAppSettings } from './_settings';

/** What a process of a small application with its libraries takes, 30 to 60 MiB, and room for its work. */
const WORKER_MIB = 100;

/**
 * gunicorn.conf.py. It says which version of the code counts, and is read again for another one: what it says is tried first,
 * and until then the version before is what processes are made of. Those end after some 10,000 requests each, so that what
 * leaks never fills the node.
 */
export function gunicornConf({ node, settings }: NodeContext): string {
  const { workers, threads } = flaskAppSettings(settings);
  return `# Written by firesteel configure; changes made here do not last.
import sys

# Of the versions that this process has had before, modules could be found that the new one has no more.
sys.path[:] = [path for path in sys.path if not path.startswith("${FLASK_APP_CODE}-")]
chdir = "${releaseDirectory(settings, codeOf(settings))}"
bind = "unix:${FLASK_APP_SOCKET}"
workers = ${workers ?? fittingWorkers(node)}
threads = ${threads}
worker_tmp_dir = "/run/flask-app"
timeout = 50
graceful_timeout = 25
max_requests = 10000
max_requests_jitter = 1000
`;
}

/** At least one; on a large node as many as its CPUs keep busy. */
export function fittingWorkers(node: NodeInfo): number {
  // gunicorn's own first process takes about as much as one of them.
  return within(1, Math.floor(memoryShareMiB(node) / WORKER_MIB) - 1, 2 * node.vcpus + 1);
}
