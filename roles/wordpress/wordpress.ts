import { directory } from '../../operations/directory';
import { file } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { packages } from '../../operations/packages';
import { unit } from '../../operations/unit';
import { hardenedUnit } from '../_hardened-unit';
import { heldBack } from '../_held-back';
import { unitActive } from '../_probes';
import { program } from '../_programs';
import { ARBITRATOR, GALERA } from '../galera/_members';
import { onStandby } from '../galera/_regions';
import type { Census, NodeContext, Role } from '../role';
import { WORDPRESS_HEALTH_PROGRAM, wordpressApacheConf } from './_apache';
import { WORDPRESS_ADMIN, WORDPRESS_SALTS, wordpressConf } from './_conf';
import { cronTimer, WORDPRESS_CRON_SERVICE } from './_cron';
import { WORDPRESS_OBJECT_CACHE, WORDPRESS_OBJECT_CACHE_CODE } from './_object-cache';
import {
  WORDPRESS_ADMIN_PASSWORD,
  WORDPRESS_APACHE_CONF,
  WORDPRESS_CONF,
  WORDPRESS_CONTENT,
  WORDPRESS_PORT,
  WORDPRESS_SALTS_FILE,
  WORDPRESS_UPLOADS,
  WORDPRESS_USER,
} from './_paths';
import { showsTheSite } from './_probes';
import { WORDPRESS_SETTINGS } from './_settings';
import {
  WORDPRESS_CRON_CODE,
  WORDPRESS_CRON_PROGRAM,
  WORDPRESS_HEALTH_CODE,
  WORDPRESS_SITE,
  WORDPRESS_SITE_CODE,
  WORDPRESS_WRITES_CODE,
  WORDPRESS_WRITES_PROGRAM,
  wordpressSite,
} from './_site';

const NAME = 'wordpress';
const UNIT = 'apache2.service';

/**
 * WordPress of Debian's package behind Apache with PHP, its database in the cluster's Galera group, what it caches in
 * memcached where the cluster has some. Any number of web servers serve the same site. The first user's password is on each
 * of them, in `/etc/wordpress/admin-password`, for root.
 *
 * Nothing is changed through the web (plugins, themes, files): that is the packages' part, `apt: { packages: … }`. Visitors
 * come through a balancer alone, and so do those who log in; a balancer asks `/health`. What users upload lies on the web
 * server that took it: with several of them, mount a common file system at `/var/lib/wordpress/wp-content/uploads`.
 *
 * In a region whose database replicates from another one, pages are shown and nothing can be changed, nor logged in; what
 * WordPress does from time to time is done where the writes are.
 *
 * Debian's packages and folders only; on Fedora and its kin it is not known to work.
 */
export const wordpress: Role = {
  name: NAME,
  summary: 'WordPress on Apache and PHP; the database is mariadb-galera',
  settings: WORDPRESS_SETTINGS,
  minMemoryMiB: 400,
  namesOthers: true,
  exposes: [{ name: 'http', port: WORDPRESS_PORT, from: ['haproxy', 'nginx'] }],
  after: [GALERA, 'memcached'],
  fits: missing,
  secrets: [WORDPRESS_ADMIN, WORDPRESS_SALTS],
  install: () => [
    heldBack(UNIT),
    // Cleans up after a cache that is not used.
    heldBack('apache-htcacheclean.service'),
    packages({
      apt: [
        ...[
          'apache2',
          'libapache2-mod-php',
          'php-cli',
          'php-mysql',
          'php-memcached',
          'php-gd',
          'php-xml',
          'php-mbstring',
        ],
        ...['php-intl', 'wordpress', 'wordpress-theme-twentytwentythree | wordpress-theme-twentytwentyfive'],
      ],
      dnf: ['httpd', 'php', 'php-cli', 'php-mysqlnd', 'php-pecl-memcached', 'php-gd', 'php-xml', 'php-mbstring', NAME],
    }),
    ...program(WORDPRESS_SITE, WORDPRESS_SITE_CODE),
    ...program(WORDPRESS_CRON_PROGRAM, WORDPRESS_CRON_CODE),
    ...program(WORDPRESS_HEALTH_PROGRAM, WORDPRESS_HEALTH_CODE),
    ...program(WORDPRESS_WRITES_PROGRAM, WORDPRESS_WRITES_CODE),
    file({ path: WORDPRESS_OBJECT_CACHE, content: WORDPRESS_OBJECT_CACHE_CODE }),
    directory({ path: WORDPRESS_UPLOADS, owner: WORDPRESS_USER, group: WORDPRESS_USER }),
  ],
  configure: (context) => [
    file({ path: WORDPRESS_ADMIN_PASSWORD, content: context.secret(WORDPRESS_ADMIN.name) }),
    file({ path: WORDPRESS_SALTS_FILE, content: context.secret(WORDPRESS_SALTS.name) }),
    file({ path: WORDPRESS_CONF, content: wordpressConf(context), mode: 0o640, group: WORDPRESS_USER }),
    file({ path: WORDPRESS_APACHE_CONF, content: wordpressApacheConf(context) }),
    file(WORDPRESS_CRON_SERVICE),
  ],
  start: (context) => [...(makesTheSite(context) ? [wordpressSite(context)] : []), apacheUnit(context), cronTimer()],
  health: (context) => [unitActive(UNIT), showsTheSite(context, UNIT)],
};

/** Where the database takes no writes, the site arrives with those of the region that does. */
function makesTheSite(context: NodeContext): boolean {
  return context.nodesWith(NAME)[0]?.name === context.node.name && !onStandby(context);
}

function missing({ count }: Census): string | undefined {
  if (count(GALERA) > 0) return undefined;
  return `it keeps everything in a database: give the role ${GALERA} to 1 or 3 nodes, or to 2 with ${ARBITRATOR} on another`;
}

/** Port 80 is the one right that it keeps. Told to end, it first finishes what visitors wait for. */
function apacheUnit(context: NodeContext): Operation {
  return unit({
    name: UNIT,
    content: hardenedUnit({
      description: `WordPress of the cluster ${context.cluster}`,
      user: WORDPRESS_USER,
      exec: `/usr/sbin/apache2 -DFOREGROUND -f ${WORDPRESS_APACHE_CONF}`,
      directory: WORDPRESS_CONTENT,
      writable: [WORDPRESS_UPLOADS],
      extra: [
        'ExecReload=/bin/kill -USR1 $MAINPID',
        'KillMode=mixed',
        'KillSignal=SIGWINCH',
        'TimeoutStopSec=15',
        'RuntimeDirectory=wordpress',
        'AmbientCapabilities=CAP_NET_BIND_SERVICE',
        'CapabilityBoundingSet=CAP_NET_BIND_SERVICE',
      ],
    }),
    reads: [{ path: WORDPRESS_APACHE_CONF, content: wordpressApacheConf(context) }],
  });
}
