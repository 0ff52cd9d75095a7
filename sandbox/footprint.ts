import * as fs from 'node:fs';
import * as path from 'node:path';
import * as writeFileAtomic from 'write-file-atomic';
import { run, tryRun } from './_run';
import { RUN_FOLDER, type SandboxSettings } from './settings';

const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';
/** Value of ip_forward before the first sandbox; /run forgets it at a reboot, as the kernel does. */
const BEFORE = path.join(RUN_FOLDER, 'ip_forward');

/**
 * All that the sandbox is on the host: one interface, one nftables table, ip_forward. What was there before is written down
 * first, so that `down`, or after a crash the next `up`, can take it all back.
 */
export class Footprint {
  constructor(private readonly settings: SandboxSettings) {}

  /** What is missing of it, in words. */
  async missing(): Promise<string[]> {
    const { interface: name, natTable, net } = this.settings;
    const link = await tryRun('ip', ['-4', 'addr', 'show', 'dev', name]);
    const table = await tryRun('nft', ['list', 'table', 'ip', natTable]);
    return [
      ...(link.stdout.includes(`${net.host}/24`) ? [] : [`interface ${name}`]),
      ...(table.code === 0 ? [] : [`NAT table ${natTable}`]),
      ...(read(IP_FORWARD) === '1' ? [] : ['ip_forward']),
    ];
  }

  /** What of this machine's own firewall keeps guests from the outside, in words. @returns undefined if nothing does */
  async obstacle(): Promise<string | undefined> {
    const { cidr } = this.settings.net;
    const chains = (await tryRun('nft', ['list', 'chains', 'ip'])).stdout;
    if (!dropsForwarded(chains)) return undefined;
    return (
      'This machine drops what it forwards (Docker does that, or a firewall), so servers reach no package mirror. Allow it: ' +
      `iptables -I FORWARD -s ${cidr} -j ACCEPT; iptables -I FORWARD -d ${cidr} -j ACCEPT`
    );
  }

  /** Makes or repairs it, around the network namespace of process `pid`. */
  async lay(pid: number): Promise<void> {
    const { interface: name, natTable, net } = this.settings;
    if (!fs.existsSync(BEFORE)) writeFileAtomic.sync(BEFORE, read(IP_FORWARD));
    const link = await tryRun('ip', ['link', 'show', 'dev', name]);
    if (link.code !== 0) {
      await run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'ext0', 'netns', String(pid)]);
      await run('nsenter', ['-t', String(pid), '-n', 'ip', 'link', 'set', 'ext0', 'master', 'br-ext', 'up']);
    }
    await run('ip', ['addr', 'replace', `${net.host}/24`, 'dev', name]);
    await run('ip', ['link', 'set', name, 'up']);
    await run('nft', ['-f', '-'], { input: hostRules(natTable, name, net.cidr) });
    fs.writeFileSync(IP_FORWARD, '1');
  }

  /** Takes all of it back; fine if there is none. */
  async takeBack(): Promise<void> {
    await tryRun('ip', ['link', 'del', this.settings.interface]);
    await tryRun('nft', ['delete', 'table', 'ip', this.settings.natTable]);
    if (!fs.existsSync(BEFORE) || (await otherSandboxes())) return;
    fs.writeFileSync(IP_FORWARD, read(BEFORE));
    fs.rmSync(BEFORE);
  }
}

/** Whether any sandbox still has its NAT table: then it needs ip_forward. */
async function otherSandboxes(): Promise<boolean> {
  return (await tryRun('nft', ['list', 'tables'])).stdout.includes(' firesteel_');
}

/**
 * nft script that makes the table anew: guests' packets leave with the host's address, and nothing but their answers comes
 * back: `ip_forward` would let the whole LAN in.
 */
export function hostRules(table: string, link: string, cidr: string): string {
  return [
    `table ip ${table}`,
    `delete table ip ${table}`,
    `table ip ${table} {`,
    '  chain postrouting {',
    '    type nat hook postrouting priority srcnat; policy accept;',
    `    ip saddr ${cidr} ip daddr != ${cidr} masquerade`,
    '  }',
    '  chain forward {',
    '    type filter hook forward priority filter; policy accept;',
    '    ct state established,related accept',
    `    iifname != "${link}" ip daddr ${cidr} drop`,
    '  }',
    '}',
    '',
  ].join('\n');
}

/** @param chains output of `nft list chains` */
export function dropsForwarded(chains: string): boolean {
  return /hook forward[^;]*;\s*policy drop/.test(chains);
}

function read(file: string): string {
  return fs.readFileSync(file, 'utf8').trim();
}
