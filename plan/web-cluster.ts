import { flaskApp } from '../roles/flask-app/flask-app';
import { haproxy } from '../roles/haproxy/haproxy';
import { keepalived } from '../roles/keepalived/keepalived';
import { nginx } from '../roles/nginx/nginx';
import type { ClusterPlan } from './cluster-plan';
import type { ClusterSpec } from './cluster-spec';
import { clusterPlan } from './general-cluster';
import { EMPTY_REGISTER, type NodeRegister } from './node-register';
import { PlanError } from './plan-error';
import { type ScalableGroups, scalable } from './scalable-group';
import type { WebClusterSpec } from './web-spec';

/** Where the balancers listen, and the servers behind them. */
const HTTP = 80;
/** One that has the address, and one that takes it over. */
const BALANCERS = 2;

const SERVERS = scalable('server', ['servers']);

/** What of a web cluster can be made more or fewer, by the words for it. */
export const WEB_SCALABLE: ScalableGroups = { servers: SERVERS, server: SERVERS };

/**
 * The cluster plan of a web application: group `balancer` (haproxy, keepalived) in front of group `server` (nginx, the
 * application), and `bastion` where the spec has one.
 * @param register which nodes exist already
 * @throws {PlanError} for every thing that is wrong, with its path
 */
export function webClusterPlan(
  name: string,
  spec: WebClusterSpec,
  register: NodeRegister = EMPTY_REGISTER,
): ClusterPlan {
  try {
    return clusterPlan(name, general(spec), register);
  } catch (error) {
    if (!(error instanceof PlanError)) throw error;
    throw new PlanError(error.issues.map((issue) => ({ ...issue, path: ownPath(issue.path) })));
  }
}

function general({
  app,
  servers,
  balancers,
  virtualIp,
  publicTo,
  settings = {},
  ...base
}: WebClusterSpec): ClusterSpec {
  return {
    ...base,
    groups: {
      balancer: {
        ...balancers,
        count: BALANCERS,
        roles: [haproxy, keepalived],
        floatingIp: base.bastion === undefined,
        virtualIp: { floatingIp: true, ...virtualIp },
        publicPorts: [{ port: HTTP, from: publicTo ?? ['0.0.0.0/0'] }],
      },
      server: { ...servers, roles: [flaskApp, nginx], floatingIp: false },
    },
    settings: {
      ...settings,
      [haproxy.name]: settings[haproxy.name] ?? { frontends: [FRONTEND] },
      [flaskApp.name]: { ...(settings[flaskApp.name] as object | undefined), app },
    },
  };
}

const FRONTEND = { name: 'web', port: HTTP, mode: 'http', backend: { role: nginx.name, port: HTTP }, check: '/' };

/** What this kind calls a place of the general one. */
function ownPath(path: string): string {
  return path
    .replace(/^groups\.balancer/, 'balancers')
    .replace(/^groups\.server/, 'servers')
    .replace(/^settings\.flask-app\.app/, 'app');
}
