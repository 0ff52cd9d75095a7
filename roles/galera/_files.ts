import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import type { NodeContext } from '../role';
import { galeraCertificate, galeraSecret, membersJson } from './_members';
import { GALERA_CERTIFICATE, GALERA_CONF_DIR, GALERA_KEY, GALERA_MEMBERS, GALERA_SECRET_FILE } from './_paths';

/**
 * What every member of the group has: who the others are, and what they know each other by.
 * @param group whose members alone may read the key
 */
export function galeraFiles(context: NodeContext, group: string): readonly Operation[] {
  const { certificate, key } = galeraCertificate(context);
  return [
    directory({ path: '/etc/mysql' }),
    directory({ path: GALERA_CONF_DIR }),
    file({ path: GALERA_MEMBERS, content: membersJson(context) }),
    file({ path: GALERA_SECRET_FILE, content: galeraSecret(context) }),
    file({ path: GALERA_CERTIFICATE, content: certificate }),
    file({ path: GALERA_KEY, content: key, mode: 0o640, group }),
  ];
}
