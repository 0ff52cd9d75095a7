import { memoryShareMiB, within } from '../_memory';
import { PROGRAMS } from '../_programs';
import type { NodeContext, NodeInfo } from '../role';
import { memoryServers } from './_conf';
import {
  WORDPRESS_CONTENT,
  WORDPRESS_HEALTH,
  WORDPRESS_HOME,
  WORDPRESS_PORT,
  WORDPRESS_RUN,
  WORDPRESS_UPLOADS,
} from './_paths';
import { wordpressSettings } from './_settings';

export const WORDPRESS_HEALTH_PROGRAM = 'wordpress-health.php';

/** What a request of PHP takes at most, in MiB, and what a process takes on the average. */
const PHP_MEMORY_MIB = 128;
const PROCESS_MIB = 56;
/** Of the system, and of Apache itself. MiB. */
const RESERVED_MIB = 160;

const MODULES = [
  ...['mpm_prefork', 'authz_core', 'dir', 'mime', 'alias', 'rewrite', 'headers', 'setenvif', 'remoteip', 'reqtimeout'],
  ...['filter', 'deflate', 'env'],
];

/**
 * The whole configuration of Apache: what the distribution's own files enable has no part in it. PHP is in Apache's own
 * processes (`mpm_prefork`): then one service and one number bound the memory, and neither has PHP's version in its name.
 * What an event MPM would do better, holding many idle connections, is done by the balancer in front.
 */
export function wordpressApacheConf(context: NodeContext): string {
  const { node, nodesWith } = context;
  const proxies = ['haproxy', 'nginx'].flatMap((role) => nodesWith(role)).map(({ address }) => address);
  return [
    '# Written by firesteel configure; changes made here do not last.',
    'ServerRoot /etc/apache2',
    `ServerName ${node.hostname}`,
    `Listen ${node.address}:${WORDPRESS_PORT}`,
    `DefaultRuntimeDir ${WORDPRESS_RUN}`,
    `PidFile ${WORDPRESS_RUN}/apache2.pid`,
    ...MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
    'IncludeOptional /etc/apache2/mods-available/php*.load',
    ...processLines(node),
    'ErrorLog syslog:daemon:wordpress',
    'LogLevel warn',
    'ServerTokens Prod',
    'ServerSignature Off',
    'TraceEnable Off',
    'TypesConfig /etc/mime.types',
    ...(proxies.length > 0 ? [`RemoteIPHeader X-Forwarded-For`, `RemoteIPInternalProxy ${proxies.join(' ')}`] : []),
    // Only who may reach this port can say so: balancers of the cluster.
    'SetEnvIf X-Forwarded-Proto "^https$" HTTPS=on',
    'Header always set X-Content-Type-Options nosniff',
    'Header always set Referrer-Policy strict-origin-when-cross-origin',
    'Header always set X-Frame-Options SAMEORIGIN',
    'AddOutputFilterByType DEFLATE text/html text/css text/plain text/xml application/javascript application/json',
    ...phpLines(context),
    ...siteLines(),
    '',
  ].join('\n');
}

function processLines(node: NodeInfo): readonly string[] {
  const workers = within(3, (memoryShareMiB(node) - RESERVED_MIB) / PROCESS_MIB, 256);
  return [
    `ServerLimit ${workers}`,
    `MaxRequestWorkers ${workers}`,
    'StartServers 2',
    'MinSpareServers 1',
    'MaxSpareServers 4',
    'MaxConnectionsPerChild 1000',
    'KeepAlive On',
    'KeepAliveTimeout 2',
    'RequestReadTimeout header=10-20,MinRate=500 body=20,MinRate=500',
  ];
}

function phpLines(context: NodeContext): readonly string[] {
  const { uploadMiB } = wordpressSettings(context.settings);
  const servers = memoryServers(context);
  const values: Readonly<Record<string, string | number>> = {
    memory_limit: `${PHP_MEMORY_MIB}M`,
    upload_max_filesize: `${uploadMiB}M`,
    post_max_size: `${uploadMiB + 8}M`,
    max_execution_time: 60,
    display_errors: 'Off',
    log_errors: 'On',
    'session.cookie_httponly': 1,
    'session.use_strict_mode': 1,
    ...(servers.length > 0 && {
      'session.save_handler': 'memcached',
      'session.save_path': `"${servers.join(',')}"`,
      'memcached.sess_consistent_hash': 1,
    }),
  };
  return Object.entries(values).map(([key, value]) => `php_admin_value ${key} ${value}`);
}

function siteLines(): readonly string[] {
  return [
    `DocumentRoot ${WORDPRESS_HOME}`,
    `Alias /wp-content ${WORDPRESS_CONTENT}`,
    `Alias ${WORDPRESS_HEALTH} ${PROGRAMS}/${WORDPRESS_HEALTH_PROGRAM}`,
    'DirectoryIndex index.php',
    ...section('<Directory />', ['Require all denied', 'AllowOverride None']),
    ...section(`<Directory ${WORDPRESS_HOME}>`, [
      'Require all granted',
      'Options FollowSymLinks',
      'RewriteEngine On',
      'RewriteBase /',
      'RewriteRule ^index\\.php$ - [L]',
      'RewriteCond %{REQUEST_FILENAME} !-f',
      'RewriteCond %{REQUEST_FILENAME} !-d',
      'RewriteRule . /index.php [L]',
    ]),
    ...section(`<Directory ${WORDPRESS_CONTENT}>`, ['Require all granted', 'Options FollowSymLinks']),
    ...section(`<Files ${WORDPRESS_HEALTH_PROGRAM}>`, ['Require all granted']),
    ...section('<FilesMatch "\\.php$">', ['SetHandler application/x-httpd-php']),
    // What users have uploaded is never run.
    ...section(`<Directory ${WORDPRESS_UPLOADS}>`, [
      'php_admin_flag engine off',
      ...section('<FilesMatch "\\.(php|phtml|phar)$">', ['Require all denied']),
    ]),
    ...section('<FilesMatch "^(xmlrpc|wp-config|wp-cron|install)\\.php$">', ['Require all denied']),
    ...section('<FilesMatch "^\\.|^readme\\.html$|^license\\.txt$">', ['Require all denied']),
  ];
}

function section(head: string, lines: readonly string[]): readonly string[] {
  const name = /^<(\w+)/.exec(head)![1]!;
  return [head, ...lines.map((line) => `    ${line}`), `</${name}>`];
}
