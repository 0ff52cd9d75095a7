import { createHmac } from 'node:crypto';
import { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import { GALERA } from '../galera/_members';
import { MARIADB_APP } from '../galera/_objects';
import { GALERA_PORTS } from '../galera/_paths';
import { onStandby } from '../galera/_regions';
import { haproxyFrontends } from '../haproxy/_conf';
import { MEMCACHED_PORT } from '../memcached';
import type { NodeContext, SecretSpec } from '../role';
import { WORDPRESS_ADMIN_PASSWORD, WORDPRESS_CONTENT, WORDPRESS_RUN, WORDPRESS_SALTS_FILE } from './_paths';
import { wordpressDatabase, wordpressSettings } from './_settings';

/** Password of the first user of a new site. */
export const WORDPRESS_ADMIN: SecretSpec = {
  name: 'wordpress.admin',
  opens: 'password of the first user of WordPress',
  bytes: 16,
  recover: sh`cat ${WORDPRESS_ADMIN_PASSWORD} 2>/dev/null || :`.text,
};

/** What the salts of cookies follow from: a login made by one web server is good at all of them. */
export const WORDPRESS_SALTS: SecretSpec = {
  name: 'wordpress.salts',
  bytes: 32,
  recover: sh`cat ${WORDPRESS_SALTS_FILE} 2>/dev/null || :`.text,
};

const SALTS = ['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'].flatMap((name) => [`${name}_KEY`, `${name}_SALT`]);

/** A server that the database may be reached by: a balancer is taken as it is, of a member of the group its agent is asked. */
export interface DatabaseWay {
  readonly host: string;
  readonly askPort: number;
}

/** By the balancer where there is one for web servers, under the address that it shares; else, and after it, each server itself. */
export function databaseWays(context: NodeContext): readonly DatabaseWay[] {
  const { nodesWith } = context;
  const { sql, state } = GALERA_PORTS;
  const balanced = haproxyFrontends(context).some(({ port, from }) => port === sql && from.includes('wordpress'));
  const balancers = balanced ? nodesWith('haproxy') : [];
  const shared = [...new Set(balancers.flatMap(({ virtualIp }) => virtualIp ?? []))];
  const hosts = [...shared, ...balancers.map(({ address }) => address)];
  return [
    ...hosts.map((host) => ({ host, askPort: sql })),
    ...nodesWith(GALERA).map(({ address }) => ({ host: address, askPort: state })),
  ];
}

/**
 * `address:port` of each, in the same order on every web server: which one has what follows from it. While another region
 * takes the writes, there are none: nobody here is told of what is written there, and what is cached would stay as it was.
 */
export function cacheServers(context: NodeContext): readonly string[] {
  return onStandby(context) ? [] : memoryServers(context);
}

/** Those of all memory that the cluster has for such things. */
export function memoryServers({ nodesWith }: NodeContext): readonly string[] {
  return nodesWith('memcached').map(({ address }) => `${address}:${MEMCACHED_PORT}`);
}

/**
 * config-default.php, read at every request. Where a name is asked for that is not the site's `url`, it is taken as it is:
 * what reaches the web server is the balancer's affair. Nothing of WordPress is changed through the web: one web server
 * would differ from the next, and whoever stole a login could run programs.
 */
export function wordpressConf(context: NodeContext): Secret {
  const { url, external } = wordpressSettings(context.settings);
  const { name, owner } = wordpressDatabase(context.settings);
  const constants: Readonly<Record<string, string>> = {
    DB_NAME: php(name),
    DB_USER: php(owner),
    DB_PASSWORD: php(context.secret(MARIADB_APP.name).reveal()),
    DB_HOST: 'firesteel_database()',
    DB_CHARSET: php('utf8mb4'),
    DB_COLLATE: php(''),
    MYSQL_CLIENT_FLAGS: 'MYSQLI_CLIENT_SSL | MYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT',
    ...Object.fromEntries(SALTS.map((salt) => [salt, php(saltOf(context, salt))])),
    WP_CONTENT_DIR: php(WORDPRESS_CONTENT),
    WP_HOME: url === undefined ? 'firesteel_url()' : php(url),
    WP_SITEURL: url === undefined ? 'firesteel_url()' : php(url),
    FORCE_SSL_ADMIN: url?.startsWith('https:') ? 'true' : 'false',
    FIRESTEEL_CACHE: phpList(cacheServers(context)),
    FIRESTEEL_STALE_CACHE: phpList(onStandby(context) ? memoryServers(context) : []),
    WP_CACHE_KEY_SALT: php(`${context.cluster}.${name}.`),
    DISABLE_WP_CRON: 'true',
    DISALLOW_FILE_MODS: 'true',
    DISALLOW_FILE_EDIT: 'true',
    AUTOMATIC_UPDATER_DISABLED: 'true',
    WP_HTTP_BLOCK_EXTERNAL: external ? 'false' : 'true',
    WP_DEBUG: 'false',
  };
  const lines = Object.entries(constants).map(([key, value]) => `define('${key}', ${value});\n`);
  return new Secret(
    `<?php\n// Written by firesteel configure; changes made here do not last.\n${functions(context)}${lines.join('')}`,
  );
}

function saltOf(context: NodeContext, name: string): string {
  return createHmac('sha256', context.secret(WORDPRESS_SALTS.name).reveal()).update(name).digest('base64');
}

/**
 * Which way the database is reached is found out every five seconds, and kept in a file for all processes: the first in
 * the order that answers, so that as long as it does all web servers write to the same one, which spares conflicts.
 */
function functions(context: NodeContext): string {
  const ways = databaseWays(context).map(({ host, askPort }) => `${php(host)} => ${askPort}`);
  return `
function firesteel_database() {
    $ways = [${ways.join(', ')}];
    $kept = '${WORDPRESS_RUN}/database';
    $known = is_readable($kept) && time() - filemtime($kept) < 5 ? file_get_contents($kept) : '';
    if (isset($ways[$known])) {
        return $known;
    }
    foreach ($ways as $host => $port) {
        if (firesteel_answers($host, $port)) {
            if (@file_put_contents("$kept." . getmypid(), $host) !== false) {
                rename("$kept." . getmypid(), $kept);
            }
            return $host;
        }
    }
    return (string) array_key_first($ways);
}

function firesteel_answers($host, $port) {
    $connection = @fsockopen($host, $port, $code, $message, 1);
    if (!$connection || $port === ${GALERA_PORTS.sql}) {
        return (bool) $connection;
    }
    stream_set_timeout($connection, 2);
    fwrite($connection, "GET / HTTP/1.0\\r\\n\\r\\n");
    return str_contains((string) fgets($connection), ' 200 ');
}

function firesteel_url() {
    $host = preg_replace('/[^A-Za-z0-9.:\\[\\]-]/', '', $_SERVER['HTTP_HOST'] ?? 'localhost');
    return (($_SERVER['HTTPS'] ?? '') === 'on' ? 'https://' : 'http://') . $host;
}

`;
}

function php(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function phpList(texts: readonly string[]): string {
  return `[${texts.map(php).join(', ')}]`;
}
