import { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import type { NodeContext, SecretSpec } from '../role';

/** Where notebooks lie; a volume mounted here holds all that grows, but for what Spark writes. */
export const JUPYTER_HOME = '/var/lib/jupyter';
/** Read by the server when it starts; holds the token. */
export const JUPYTER_CONF = '/etc/jupyter/server.json';
export const JUPYTER_DIRS = ['/etc/jupyter', '/etc/jupyter/share/kernels/python3'];

/** What a browser has to show. Whoever knows it runs programs on the cluster. */
export const JUPYTER_TOKEN: SecretSpec = {
  name: 'jupyter.token',
  opens: 'token that JupyterLab asks for',
  bytes: 32,
  recover: sh`sed -n 's/^ *"token": "\([0-9a-f]*\)".*$/\1/p' ${JUPYTER_CONF} 2>/dev/null || :`.text,
};

export interface JupyterConfOptions {
  readonly port: number;
  /** @default - notebooks are never ended */
  readonly idleMinutes?: number;
}

/** It listens where our tunnel comes out, and nobody else is let in by the security groups. */
export function jupyterConf(context: NodeContext, { port, idleMinutes }: JupyterConfOptions): Secret {
  const token = context.secret(JUPYTER_TOKEN.name).reveal();
  const idle = { cull_idle_timeout: idleMinutes! * 60, cull_interval: 60, cull_connected: true };
  const conf = {
    ServerApp: {
      ip: context.node.address,
      port,
      port_retries: 0,
      open_browser: false,
      root_dir: `${JUPYTER_HOME}/notebooks`,
      // Its page is asked for by the name of the tunnel's end.
      allow_remote_access: true,
      quit_button: false,
    },
    IdentityProvider: { token },
    // Over the loopback address every user of the node could speak to a notebook.
    KernelManager: { transport: 'ipc' },
    PasswordIdentityProvider: { allow_password_change: false },
    ...(idleMinutes !== undefined && { MappingKernelManager: idle }),
  };
  return new Secret(`${JSON.stringify(conf, null, 2)}\n`);
}
