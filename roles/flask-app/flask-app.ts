import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { pythonPackages } from '../../operations/python-packages';
import { unit } from '../../operations/unit';
import { user } from '../../operations/user';
import { releaseArtifact, releaseOperations } from '../_folder-release';
import { hardenedUnit } from '../_hardened-unit';
import { unitActive } from '../_probes';
import { toldWithLog } from '../_told-with-log';
import type { InstallContext, NodeContext, Probe, Role } from '../role';
import { gunicornConf } from './_gunicorn-conf';
import {
  FLASK_APP_CONF_DIR,
  FLASK_APP_DATA,
  FLASK_APP_DIR,
  FLASK_APP_SECRETS,
  FLASK_APP_SOCKET,
  FLASK_APP_VENV,
  GUNICORN_CONF,
} from './_paths';
import { FLASK_APP_ADMIN, FLASK_APP_SESSION, secretFiles, writeSecrets } from './_secrets';
import { codeOf, FLASK_APP_SETTINGS, flaskAppSettings, requirementsOf } from './_settings';

const NAME = 'flask-app';
const UNIT = `${NAME}.service`;
const USER = NAME;
/** The one that runs is among them while the new one can't be loaded, and the next can't either. */
const KEPT_VERSIONS = 3;

/**
 * A Flask application (or any other of WSGI) of the operator's own, run by gunicorn for the nginx of the same node. New code
 * is loaded by new processes while the old ones finish what they have begun; code that can't be loaded is refused, with the
 * reason, and the old goes on.
 */
export const flaskApp: Role = {
  name: NAME,
  summary: 'a Flask application of your own, run by gunicorn behind the nginx of its node',
  minMemoryMiB: 400,
  settings: FLASK_APP_SETTINGS,
  exposes: [],
  after: ['postgresql', 'mariadb-galera', 'memcached', 'kafka', 'spark-connect'],
  fits: ({ settings }) =>
    settings.roles[NAME] === undefined
      ? 'has no application: say under settings.flask-app.app which folder it is'
      : undefined,
  secrets: [FLASK_APP_SESSION, FLASK_APP_ADMIN],
  artifacts: (settings) => [releaseArtifact(settings, codeOf(settings))],
  install: ({ settings }) => [
    ...python({ settings }),
    user({ name: USER, home: FLASK_APP_DATA }),
    directory({ path: FLASK_APP_DIR }),
    ...releaseOperations(settings, codeOf(settings), KEPT_VERSIONS),
  ],
  configure: (context) => [
    directory({ path: FLASK_APP_DATA, owner: USER, group: USER, mode: 0o750 }),
    directory({ path: FLASK_APP_CONF_DIR }),
    directory({ path: FLASK_APP_SECRETS, group: USER, mode: 0o750 }),
    ...writeSecrets(context, USER),
    file({ path: GUNICORN_CONF, content: gunicornConf(context) }),
  ],
  start: (context) => [
    unit({
      name: UNIT,
      content: unitText(context),
      reads: secretFiles(context),
      restartOn: requirementsOf(flaskAppSettings(context.settings).app),
      reloads: [{ path: GUNICORN_CONF, content: gunicornConf(context) }],
    }),
  ],
  health: (context) => [unitActive(UNIT), answers(context)],
};

/** The distribution's Flask and gunicorn; what requirements.txt names comes before them. */
function python({ settings }: InstallContext): readonly Operation[] {
  const requirements = requirementsOf(flaskAppSettings(settings).app);
  if (requirements.length === 0)
    return [packages({ apt: ['python3-flask', 'gunicorn'], dnf: ['python3-flask', 'python3-gunicorn'] })];
  return [
    packages({
      apt: ['python3-venv', 'python3-flask', 'gunicorn'],
      dnf: ['python3', 'python3-flask', 'python3-gunicorn'],
    }),
    pythonPackages({ packages: requirements, path: FLASK_APP_VENV }),
  ];
}

/** Code is tried before it is loaded; `-B` because none of it may be written beside it. */
function unitText(context: NodeContext): string {
  const { app, module } = flaskAppSettings(context.settings);
  const interpreter = requirementsOf(app).length === 0 ? '/usr/bin/python3' : `${FLASK_APP_VENV}/bin/python3`;
  const gunicorn = `${interpreter} -B -m gunicorn --config ${GUNICORN_CONF}`;
  return hardenedUnit({
    description: `${NAME} of the cluster ${context.cluster}`,
    user: USER,
    exec: `${gunicorn} ${module}`,
    directory: FLASK_APP_DIR,
    writable: [FLASK_APP_DATA],
    environment: environment(context),
    type: 'notify',
    extra: [
      `ExecStartPre=${gunicorn} --check-config ${module}`,
      `ExecReload=${gunicorn} --check-config ${module}`,
      'ExecReload=/bin/kill -HUP $MAINPID',
      'KillMode=mixed',
      'RestartSec=1',
      'RuntimeDirectory=flask-app',
    ],
  });
}

function environment({ settings, nodesWith }: NodeContext): Readonly<Record<string, string>> {
  const { environment: own, uses } = flaskAppSettings(settings);
  const nodes = uses.map((role) => [
    `${role.toUpperCase().replaceAll('-', '_')}_NODES`,
    nodesWith(role)
      .map(({ address }) => address)
      .join(','),
  ]);
  return {
    ...Object.fromEntries(nodes),
    CREDENTIALS_DIRECTORY: FLASK_APP_SECRETS,
    STATE_DIRECTORY: FLASK_APP_DATA,
    ...own,
  };
}

function answers({ settings }: NodeContext): Probe {
  const code = `
socket_path, path = argv
status = status_of(socket_path, 0, path)
if status >= 500:
    fail(f'{path} is answered with the status {status}')
`;
  const { check } = flaskAppSettings(settings);
  return toldWithLog('answers', code, [FLASK_APP_SOCKET, check], UNIT, { lines: 15 });
}
