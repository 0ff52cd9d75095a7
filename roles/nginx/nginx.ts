import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { symlink } from '../../operations/symlink';
import { unit } from '../../operations/unit';
import { user } from '../../operations/user';
import { type FolderRelease, releaseArtifact, releaseDirectory, releaseOperations } from '../_folder-release';
import { hardenedUnit } from '../_hardened-unit';
import { unitActive } from '../_probes';
import { toldWithLog } from '../_told-with-log';
import type { NodeContext, Probe, Role } from '../role';
import type { Settings } from '../settings';
import { NGINX_CACHE, NGINX_CONF, NGINX_PORT, NGINX_RUN, nginxConf } from './_conf';
import { NGINX_SETTINGS, siteOf } from './_settings';

const NAME = 'nginx';
const UNIT = `${NAME}.service`;

/**
 * The web server of a node: in front of the application on the same node, which it keeps slow clients from, or with static
 * files, or both. Another configuration and other files are read without an interruption.
 */
export const nginx: Role = {
  name: NAME,
  summary: 'web server in front of the application on its node, or with static files',
  minMemoryMiB: 128,
  settings: NGINX_SETTINGS,
  exposes: [{ name: 'http', port: NGINX_PORT, from: ['haproxy'] }],
  after: ['flask-app'],
  fits: ({ settings, count }) =>
    siteOf(settings) === undefined && count('flask-app') === 0
      ? 'has nothing to serve: give its group the role flask-app, or say settings.nginx.root'
      : undefined,
  artifacts(settings) {
    const site = siteOf(settings);
    return site ? [releaseArtifact(settings, site)] : [];
  },
  install({ settings }) {
    const site = siteOf(settings);
    return [
      packages({ apt: [NAME], dnf: [NAME] }),
      user({ name: NAME, home: '/var/lib/nginx' }),
      directory({ path: NGINX_CACHE, owner: NAME, group: NAME, mode: 0o750 }),
      ...(site ? siteOperations(settings, site) : []),
    ];
  },
  configure: (context) => [file({ path: NGINX_CONF, content: nginxConf(context) })],
  start: (context) => [
    unit({
      name: UNIT,
      content: unitText(context),
      reloads: [{ path: NGINX_CONF, content: nginxConf(context) }],
    }),
  ],
  health: (context) => [unitActive(UNIT), serves(context)],
};

/**
 * Not even its master is root. SIGQUIT lets it answer what it has begun; errors that come before its configuration is read
 * go where the others go too.
 */
function unitText({ cluster }: NodeContext): string {
  const command = `/usr/sbin/nginx -e stderr -c ${NGINX_CONF}`;
  return hardenedUnit({
    description: `${NAME} of the cluster ${cluster}`,
    user: NAME,
    exec: command,
    directory: NGINX_CACHE,
    writable: [NGINX_CACHE],
    extra: [
      `ExecStartPre=${command} -q -t`,
      `ExecReload=${command} -q -t`,
      'ExecReload=/bin/kill -HUP $MAINPID',
      'KillSignal=SIGQUIT',
      'KillMode=mixed',
      'RestartSec=1',
      `RuntimeDirectory=${NGINX_RUN.slice('/run/'.length)}`,
      'AmbientCapabilities=CAP_NET_BIND_SERVICE',
      'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
    ],
  });
}

/** The link is switched in one step, so that a request finds all of one version or all of the other. */
function siteOperations(settings: Settings, site: FolderRelease): readonly Operation[] {
  return [
    directory({ path: '/srv/nginx' }),
    ...releaseOperations(settings, site),
    symlink({ path: site.path, target: releaseDirectory(settings, site) }),
  ];
}

function serves({ node }: NodeContext): Probe {
  const code = `
status = status_of(argv[0], int(argv[1]), '/')
if status >= 500:
    fail(f'it answers with the status {status}')
`;
  return toldWithLog('serves', code, [node.address, String(NGINX_PORT)], UNIT);
}
