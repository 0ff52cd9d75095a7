import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { sh } from '../../operations/shell';
import type { ReadFile } from '../../operations/unit';
import type { NodeContext, SecretSpec } from '../role';
import { FLASK_APP_SECRETS } from './_paths';
import { flaskAppSettings } from './_settings';

/** What sessions are signed with: the same on all servers, so that a visitor may come to any of them. */
export const FLASK_APP_SESSION: SecretSpec = own('flask-app.session', 32);

/** A password for who looks after the application, where it wants one. */
export const FLASK_APP_ADMIN: SecretSpec = {
  ...own('flask-app.admin', 12),
  opens: 'password that the application may ask its author for',
};

/** Every secret that the application is given, and every certificate that it knows others by, with the path of its file. */
export function secretFiles(context: NodeContext): readonly ReadFile[] {
  const { secrets, uses } = flaskAppSettings(context.settings);
  const names = [FLASK_APP_SESSION.name, FLASK_APP_ADMIN.name, ...secrets];
  const certificates = uses.flatMap((role) => {
    const content = context.certificateOf(role);
    return content === undefined ? [] : [{ path: pathOf(`${role}.crt`), content }];
  });
  return [...names.map((name) => ({ path: pathOf(name), content: context.secret(name) })), ...certificates];
}

export function writeSecrets(context: NodeContext, group: string): readonly Operation[] {
  return secretFiles(context).map(({ path, content }) => file({ path, content, mode: 0o640, group }));
}

function own(name: string, bytes: number): SecretSpec {
  return { name, bytes, recover: sh`cat -- ${pathOf(name)} 2>/dev/null || :`.text };
}

function pathOf(name: string): string {
  return `${FLASK_APP_SECRETS}/${name}`;
}
