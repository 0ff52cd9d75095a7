import type { Operation } from '../../operations/operation';
import { Secret } from '../../operations/secret';
import { sh } from '../../operations/shell';
import { PROGRAMS } from '../_programs';
import type { NodeContext } from '../role';
import { WORDPRESS_ADMIN } from './_conf';
import { WORDPRESS_HOME, WORDPRESS_USER } from './_paths';
import { wordpressSettings } from './_settings';

export const WORDPRESS_SITE = 'wordpress-site.php';
export const WORDPRESS_CRON_PROGRAM = 'wordpress-cron.php';

export interface WordpressSiteFact {
  readonly installed: boolean;
}

/** What WordPress says of itself on this node: `state`, or `install` with what is to be known on standard input, as JSON. */
export const askSite = (question: 'state' | 'install') =>
  sh`runuser -u ${WORDPRESS_USER} -- php ${`${PROGRAMS}/${WORDPRESS_SITE}`} ${question}`;

/**
 * The tables of a site and its first user, made once, on one web server. What the site's people change later is theirs: its
 * title and that user's password are not put back.
 */
export function wordpressSite(context: NodeContext): Operation<WordpressSiteFact> {
  const { title, adminUser, adminEmail, searchEngines } = wordpressSettings(context.settings);
  const password = context.secret(WORDPRESS_ADMIN.name).reveal();
  const answers = JSON.stringify({ title, user: adminUser, email: adminEmail, public: searchEngines, password });
  return {
    kind: 'wordpress-site',
    name: wordpressSettings(context.settings).database,
    fact: {
      script: sh`${askSite('state')} 2>/dev/null || :`.text,
      parse: (stdout) => ({ installed: /"installed": ?true/.test(stdout) }),
      bare: { installed: false },
    },
    changes: ({ installed }) =>
      installed ? [] : [{ description: `make the site "${title}"`, script: install(new Secret(answers)) }],
  };
}

/** The database may have been made by another node a moment ago, and not be everywhere yet. */
function install(answers: Secret): string {
  return sh`
    left=60
    until said=$(printf %s ${answers} | ${askSite('install')} 2>&1); do
      left=$((left - 1))
      if [ "$left" -le 0 ]; then
        printf '%s\n' "$said" | tail -n 5 >&2
        exit 1
      fi
      sleep 2
    done
  `.text;
}

/**
 * A mail that tells the first user's login is not sent: nobody has set up mail, and the password is in the cluster's store.
 * PHP ends with status 0 where WordPress gives up, so only JSON counts.
 */
export const WORDPRESS_SITE_CODE = `<?php
// Written by firesteel configure; changes made here do not last.
$_SERVER['HTTP_HOST'] = 'localhost';
define('WP_INSTALLING', true);
$finished = false;
register_shutdown_function(function () use (&$finished) {
    if (!$finished) {
        exit(1);
    }
});

function wp_new_blog_notification($title, $url, $user, $password)
{
}

require '${WORDPRESS_HOME}/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';

if ($argv[1] === 'install' && !is_blog_installed()) {
    $said = json_decode(stream_get_contents(STDIN), true, 4, JSON_THROW_ON_ERROR);
    wp_install($said['title'], $said['user'], $said['email'], $said['public'], '', $said['password']);
    update_option('permalink_structure', '/%year%/%monthnum%/%postname%/');
    if (is_wp_error($wpdb->error) || $wpdb->last_error !== '') {
        fwrite(STDERR, $wpdb->last_error . "\\n");
        exit(1);
    }
}

$installed = is_blog_installed();
$word = bin2hex(random_bytes(8));
wp_cache_set($word, 'kept', 'firesteel', 60);
$kept = wp_cache_get($word, 'firesteel', true);
wp_cache_delete($word, 'firesteel');
echo json_encode([
    'installed' => $installed,
    'title' => $installed ? wp_specialchars_decode(get_option('blogname'), ENT_QUOTES) : null,
    'database' => DB_HOST,
    'cached' => $kept === 'kept',
]), "\\n";
$finished = true;
`;

export const WORDPRESS_CRON_CODE = `<?php
// Written by firesteel configure; changes made here do not last.
$_SERVER['HTTP_HOST'] = 'localhost';
require '${WORDPRESS_HOME}/wp-cron.php';
`;

export const WORDPRESS_WRITES_PROGRAM = 'wordpress-writes.php';

/**
 * Ends with status 1 where the database takes no writes, because that of another region does: then WordPress has nothing to
 * do here. What was cached before is thrown away; when the region takes writes again, it would be old.
 */
export const WORDPRESS_WRITES_CODE = `<?php
// Written by firesteel configure; changes made here do not last.
require '/etc/wordpress/config-default.php';
mysqli_report(MYSQLI_REPORT_OFF);
if (FIRESTEEL_STALE_CACHE !== [] && class_exists('Memcached')) {
    $memory = new Memcached();
    foreach (FIRESTEEL_STALE_CACHE as $server) {
        $memory->addServer(strtok($server, ':'), (int) strtok(':'));
    }
    $memory->flush();
}
$database = mysqli_init();
$database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 5);
$well = @$database->real_connect(DB_HOST, DB_USER, DB_PASSWORD, DB_NAME, null, null, MYSQL_CLIENT_FLAGS);
$answer = $well ? $database->query('select @@global.read_only') : false;
exit($answer && $answer->fetch_row()[0] ? 1 : 0);
`;

/** Answers balancers: the database can be reached and read. */
export const WORDPRESS_HEALTH_CODE = `<?php
// Written by firesteel configure; changes made here do not last.
require '/etc/wordpress/config-default.php';
header('Content-Type: text/plain');
header('Cache-Control: no-store');
mysqli_report(MYSQLI_REPORT_OFF);
$database = mysqli_init();
$database->options(MYSQLI_OPT_CONNECT_TIMEOUT, 2);
$well = @$database->real_connect(DB_HOST, DB_USER, DB_PASSWORD, DB_NAME, null, null, MYSQL_CLIENT_FLAGS)
    && @$database->query('select 1');
http_response_code($well ? 200 : 503);
echo $well ? "well\\n" : "the database can't be reached\\n";
`;
