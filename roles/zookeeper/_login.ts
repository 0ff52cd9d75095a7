import { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import type { NodeContext, SecretSpec } from '../role';

export const ZOOKEEPER_CONF_DIR = '/etc/zookeeper';
/** Whom a server lets in, and what it says to its peers; holds both secrets. */
export const ZOOKEEPER_LOGINS = `${ZOOKEEPER_CONF_DIR}/logins.conf`;

/** What a client shows. Whoever may write to ZooKeeper makes a Spark master load what it likes. */
export const ZOOKEEPER_CLIENT_SECRET: SecretSpec = {
  name: 'zookeeper.client',
  bytes: 32,
  sharedWith: ['spark-master'],
  recover: sh`sed -n 's/^ *user_client="\(.*\)";$/\1/p' ${ZOOKEEPER_LOGINS} 2>/dev/null || :`.text,
};

/** What servers show to each other. */
export const ZOOKEEPER_PEER_SECRET: SecretSpec = {
  name: 'zookeeper.peer',
  bytes: 32,
  recover: sh`sed -n 's/^ *user_peer="\(.*\)";$/\1/p' ${ZOOKEEPER_LOGINS} 2>/dev/null || :`.text,
};

/** FIPS mode, on by default since 3.9, knows no logins but Kerberos' and certificates. */
export const ZOOKEEPER_LOGIN_OPTIONS = ['-Dzookeeper.fips-mode=false'];

/** JAAS configuration of a server. */
export function serverLogins(context: NodeContext): Secret {
  const peer = context.secret(ZOOKEEPER_PEER_SECRET.name).reveal();
  return logins({
    Server: { user_client: context.secret(ZOOKEEPER_CLIENT_SECRET.name).reveal() },
    QuorumServer: { user_peer: peer },
    QuorumLearner: { username: 'peer', password: peer },
  });
}

/** JAAS configuration of a client. */
export function clientLogin(context: NodeContext): Secret {
  return logins({ Client: { username: 'client', password: context.secret(ZOOKEEPER_CLIENT_SECRET.name).reveal() } });
}

function logins(sections: Readonly<Record<string, Readonly<Record<string, string>>>>): Secret {
  const text = Object.entries(sections).map(([section, options]) => {
    const lines = Object.entries(options).map(([key, value]) => `\n  ${key}="${value}"`);
    return `${section} {\n  org.apache.zookeeper.server.auth.DigestLoginModule required${lines.join('')};\n};\n`;
  });
  return new Secret(`// Written by firesteel configure; changes made here do not last.\n${text.join('')}`);
}
