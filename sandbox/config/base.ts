import { type ConfigContext, HOST_NAME, internalAddress, SECOND_HOST_NAME } from './context';

const DATABASES = ['keystone', 'placement', 'glance', 'nova_api', 'nova', 'nova_cell0', 'neutron'];

/** Run by MariaDB before it takes connections: data bases and their one user, with the password of this sandbox. */
export function mariadbInit(context: ConfigContext): string {
  const user = "openstack@'127.0.0.1'";
  return [
    ...[...DATABASES, ...(context.extras.includes('dns') ? ['designate'] : [])].map(
      (name) => `CREATE DATABASE IF NOT EXISTS ${name};`,
    ),
    `CREATE USER IF NOT EXISTS ${user};`,
    `ALTER USER ${user} IDENTIFIED BY '${context.passwords.database}';`,
    `GRANT ALL ON *.* TO ${user};`,
    '',
  ].join('\n');
}

export function mariadbConf(): string {
  return [
    '[mariadbd]',
    'user = mysql',
    'bind-address = 127.0.0.1',
    'init-file = /etc/mysql/firesteel.sql',
    'skip-name-resolve',
    'performance-schema = OFF',
    'max-connections = 400',
    'innodb-buffer-pool-size = 96M',
    'innodb-log-file-size = 48M',
    // A commit reaches the kernel, not the disk: a killed server loses nothing, and schemas are made in seconds.
    'innodb-flush-log-at-trx-commit = 2',
    '',
  ].join('\n');
}

export function rabbitmqConf(context: ConfigContext): string {
  return [
    `listeners.tcp.default = ${internalAddress(1)}:5672`,
    'default_user = openstack',
    `default_pass = ${context.passwords.rabbitmq}`,
    'loopback_users = none',
    '',
  ].join('\n');
}

export function libvirtConf(context: ConfigContext): string {
  return `host_uuid = "${context.passwords.libvirtUuid}"\n`;
}

export function hosts(context: ConfigContext): string {
  return [
    '127.0.0.1 localhost',
    `${internalAddress(1)} ${HOST_NAME}`,
    `${internalAddress(2)} ${SECOND_HOST_NAME}`,
    `${context.net.api} controller`,
    '',
  ].join('\n');
}

export function resolvConf(nameservers: readonly string[]): string {
  return nameservers.map((server) => `nameserver ${server}\n`).join('');
}
