import { sshdDropIn, sshdForwarding } from './_sshd';
import type { Probe, Role } from './role';

/** A node that others are reached through. It holds no key: the operator's own goes end to end. */
export const bastion: Role = {
  name: 'bastion',
  summary: 'SSH to the nodes without a floating IP goes through it',
  exposes: [],
  configure: ({ settings }) =>
    sshdDropIn('05-firesteel-bastion.conf', [...sshdForwarding(settings), 'MaxStartups 200:30:400', 'MaxSessions 100']),
  health: () => [forwards()],
};

function forwards(): Probe {
  const script = `value=$(sshd -T 2>/dev/null | sed -n 's/^allowtcpforwarding //p')
case $value in yes|local|all) exit 0 ;; esac
echo "sshd does not forward connections: AllowTcpForwarding is \${value:-unknown}"
exit 1
`;
  return { name: 'forwards', script };
}
