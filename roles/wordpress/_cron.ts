import { createHash } from 'node:crypto';
import type { FileOptions } from '../../operations/file';
import type { Operation } from '../../operations/operation';
import { unit } from '../../operations/unit';
import { PROGRAMS } from '../_programs';
import { WORDPRESS_CONTENT, WORDPRESS_UPLOADS, WORDPRESS_USER } from './_paths';
import { WORDPRESS_CRON_PROGRAM, WORDPRESS_WRITES_PROGRAM } from './_site';

const NAME = 'wordpress-cron';

/**
 * What WordPress has to do from time to time. Without it, visitors would have to wait for that. It runs on every web
 * server, so that it does not end with one; WordPress itself sees to it that only one does a thing.
 */
const SERVICE = `# Written by firesteel configure; changes made here do not last.
[Unit]
Description=what WordPress has to do from time to time
After=network-online.target

[Service]
Type=oneshot
User=${WORDPRESS_USER}
Group=${WORDPRESS_USER}
WorkingDirectory=${WORDPRESS_CONTENT}
ExecCondition=/usr/bin/php ${PROGRAMS}/${WORDPRESS_WRITES_PROGRAM}
ExecStart=/usr/bin/php ${PROGRAMS}/${WORDPRESS_CRON_PROGRAM}
TimeoutStartSec=600
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ReadWritePaths=${WORDPRESS_UPLOADS}
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
LockPersonality=yes
`;

export const WORDPRESS_CRON_SERVICE: FileOptions = { path: `/etc/systemd/system/${NAME}.service`, content: SERVICE };

/** It names the service's text, so that systemd reads its units again when only that has changed. */
export function cronTimer(): Operation {
  return unit({
    name: `${NAME}.timer`,
    content: `# Written by firesteel configure; changes made here do not last.
# ${NAME}.service: ${createHash('sha256').update(SERVICE).digest('hex').slice(0, 16)}
[Unit]
Description=lets WordPress do what it has to do from time to time

[Timer]
OnActiveSec=2min
OnUnitActiveSec=5min
RandomizedDelaySec=60
AccuracySec=30

[Install]
WantedBy=timers.target
`,
  });
}
