/** Debian's package puts what it brings here; nothing in it is ever changed. */
export const WORDPRESS_HOME = '/usr/share/wordpress';
/** What is this site's: themes, plugins, uploads. */
export const WORDPRESS_CONTENT = '/var/lib/wordpress/wp-content';
/** What users upload lies on the node that took it: where several serve one site, it has to be a common file system. */
export const WORDPRESS_UPLOADS = `${WORDPRESS_CONTENT}/uploads`;
export const WORDPRESS_USER = 'www-data';
export const WORDPRESS_RUN = '/run/wordpress';
/** Read where there is none of the name that a request is for. */
export const WORDPRESS_CONF = '/etc/wordpress/config-default.php';
export const WORDPRESS_ADMIN_PASSWORD = '/etc/wordpress/admin-password';
/** What all web servers of a site sign cookies with. */
export const WORDPRESS_SALTS_FILE = '/etc/wordpress/salts.secret';
export const WORDPRESS_APACHE_CONF = '/etc/apache2/wordpress.conf';
export const WORDPRESS_PORT = 80;
/** Answered with 200 while the database can be reached; cheaper than a page. */
export const WORDPRESS_HEALTH = '/health';
