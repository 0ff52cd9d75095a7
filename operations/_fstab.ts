import { beside, makeTemporary } from './_temporary';
import { type Shell, sh } from './shell';

/** Which field of a line in /etc/fstab tells that it is meant: what is mounted, or where. */
const FIELDS = { what: '$1', where: '$2' } as const;

/**
 * Puts a line into /etc/fstab in the place of all that are about the same, and lets systemd read it again.
 * @param print prints the line. @default - they only go
 */
export function fstabEntry(field: keyof typeof FIELDS, value: string, print: Shell = sh`:`): Shell {
  const others = `$1 ~ /^#/ || ${FIELDS[field]} != value`;
  return sh`
    [ -e /etc/fstab ] || : >/etc/fstab
    ( ${makeTemporary(beside('/etc/fstab'))}
    awk -v value=${value} ${others} /etc/fstab >"$temporary"
    ${print} >>"$temporary"
    chmod 0644 "$temporary"
    mv -fT -- "$temporary" /etc/fstab )
    if [ -d /run/systemd/system ]; then systemctl daemon-reload; fi
  `;
}
