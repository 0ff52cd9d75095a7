/** Where gunicorn listens, for the nginx of the same node. */
export const FLASK_APP_SOCKET = '/run/flask-app/gunicorn.sock';
export const FLASK_APP_DIR = '/opt/flask-app';
/** What the paths of the versions of the application's code begin with. */
export const FLASK_APP_CODE = `${FLASK_APP_DIR}/app`;
/** The only folder that the application may write to. */
export const FLASK_APP_DATA = '/var/lib/flask-app';
export const FLASK_APP_CONF_DIR = '/etc/flask-app';
/** One file for each secret, by its name, and one for each certificate, as `kafka.crt`. */
export const FLASK_APP_SECRETS = `${FLASK_APP_CONF_DIR}/secrets`;
export const GUNICORN_CONF = `${FLASK_APP_CONF_DIR}/gunicorn.conf.py`;
/** The environment with what requirements.txt names. */
export const FLASK_APP_VENV = `${FLASK_APP_DIR}/python`;
