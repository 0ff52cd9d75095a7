import { requireDifferentIds, serverId } from '../_server-id';
import type { NodeContext } from '../role';
import { ZOOKEEPER_PORTS } from './ports';

/** Home of the user zookeeper; a volume mounted here holds all that it writes. */
export const ZOOKEEPER_DATA_DIR = '/var/lib/zookeeper';

/** How long a client may be silent before it counts as gone: so long a dead master stays the leader. */
const SESSION_MS = 20_000;

/**
 * Text of zoo.cfg.
 * @throws {Error} when two nodes would have the same id
 */
export function zookeeperConf({ node, nodesWith }: NodeContext): string {
  const servers = nodesWith('zookeeper');
  requireDifferentIds(servers, 'zookeeper');
  const { client, peer, election } = ZOOKEEPER_PORTS;
  const quorum = servers.map((server) => `server.${serverId(server)}=${server.address}:${peer}:${election}\n`);
  return `# Written by firesteel configure; changes made here do not last.
dataDir=${ZOOKEEPER_DATA_DIR}
clientPortAddress=${node.address}
clientPort=${client}
tickTime=2000
initLimit=10
syncLimit=5
maxSessionTimeout=${SESSION_MS}
autopurge.purgeInterval=1
admin.enableServer=false
4lw.commands.whitelist=srvr
authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider
sessionRequireClientSASLAuth=true
quorum.auth.enableSasl=true
quorum.auth.learnerRequireSasl=true
quorum.auth.serverRequireSasl=true
${quorum.length > 1 ? quorum.join('') : ''}`;
}

/** Elections and peers are told, and of all else what is wrong. */
export const ZOOKEEPER_LOG_CONF = `# Written by firesteel configure; changes made here do not last.
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
logger.peer.name = org.apache.zookeeper.server.quorum.QuorumPeer
logger.peer.level = info
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex{short}
`;
