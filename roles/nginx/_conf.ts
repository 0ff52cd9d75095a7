import { FLASK_APP_SOCKET } from '../flask-app/_paths';
import type { NodeContext } from '../role';
import { NGINX_SITE, nginxSettings } from './_settings';

export const NGINX_CONF = '/etc/nginx/nginx.conf';
export const NGINX_PORT = 80;
export const NGINX_CACHE = '/var/cache/nginx';
export const NGINX_RUN = '/run/nginx';

/** nginx.conf. @throws {Error} when there is nothing on the node that it could serve */
export function nginxConf(context: NodeContext): string {
  const { node, settings } = context;
  const { maxBodyMiB } = nginxSettings(settings);
  return `# Written by firesteel configure; changes made here do not last.
daemon off;
pid ${NGINX_RUN}/nginx.pid;
error_log stderr warn;
worker_processes ${node.vcpus};
worker_rlimit_nofile 16384;
worker_shutdown_timeout 30s;

events {
    worker_connections ${worksWith(node.memoryMiB)};
}

http {
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log syslog:server=unix:/dev/log,nohostname,tag=nginx;
${TEMPORARY.map((kind) => `    ${kind}_temp_path ${NGINX_CACHE}/${kind};\n`).join('')}    server_tokens off;
    sendfile on;
    keepalive_timeout 65s;
    client_max_body_size ${maxBodyMiB}m;
${balancers(context)}
    server {
        listen ${node.address}:${NGINX_PORT} default_server;
        server_name _;
${locations(context)}    }
}
`;
}

const TEMPORARY = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

/** A proxied connection takes two of them, and some 40 KiB of buffers: an eighth of the memory at most. */
function worksWith(memoryMiB: number): number {
  return Math.min(4096, Math.floor((memoryMiB / 8) * 25 * 2));
}

/** Who the client is, and how it came, is believed of the cluster's own balancers alone. */
function balancers({ nodesWith }: NodeContext): string {
  const addresses = nodesWith('haproxy').map(({ address }) => address);
  return `${addresses.map((address) => `    set_real_ip_from ${address};\n`).join('')}    real_ip_header X-Forwarded-For;
    geo $realip_remote_addr $from_balancer {
        default 0;
${addresses.map((address) => `        ${address}/32 1;\n`).join('')}    }
    map "$from_balancer $http_x_forwarded_proto" $client_scheme {
        default $scheme;
        "1 http" http;
        "1 https" https;
    }
`;
}

/** Files come first, where there are some; hidden ones are nobody's business. */
function locations({ node, settings }: NodeContext): string {
  const { root } = nginxSettings(settings);
  const app = node.roles.includes('flask-app');
  if (root === undefined && !app) {
    throw new Error(`nginx: ${node.name} has nothing to serve: give its group flask-app, or say settings.nginx.root`);
  }
  if (root === undefined) return location('/', PROXY);
  return [
    `        root ${NGINX_SITE};\n        charset utf-8;\n        add_header X-Content-Type-Options nosniff always;\n`,
    location('~ /\\.(?!well-known/)', app ? PROXY : ['return 404']),
    location('/', [app ? 'try_files $uri $uri/index.html @app' : 'try_files $uri $uri/ =404']),
    ...(app ? [location('@app', PROXY)] : []),
  ].join('');
}

/** As a client is known here: what it says of itself is overwritten. */
const PROXY = [
  `proxy_pass http://unix:${FLASK_APP_SOCKET}`,
  'proxy_http_version 1.1',
  'proxy_set_header Host $http_host',
  'proxy_set_header Connection ""',
  'proxy_set_header X-Forwarded-For $remote_addr',
  'proxy_set_header X-Forwarded-Proto $client_scheme',
  'proxy_connect_timeout 5s',
  'proxy_read_timeout 55s',
];

function location(match: string, directives: readonly string[]): string {
  return `        location ${match} {\n${directives.map((text) => `            ${text};\n`).join('')}        }\n`;
}
