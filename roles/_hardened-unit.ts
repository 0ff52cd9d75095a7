/** What a unit of ours says; see `hardenedUnit`. */
export interface HardenedUnitOptions {
  /** One line for people. */
  readonly description: string;
  /** Who it runs as, and in the group of the same name. */
  readonly user: string;
  /** The whole command line as systemd takes it: an absolute path first, no secret in it. */
  readonly exec: string;
  /** Where it runs, and what has to be mounted before it starts. */
  readonly directory: string;
  /** The only places that it may write to, besides a /tmp of its own. */
  readonly writable: readonly string[];
  /** No secrets: anyone on the node may read them. @default {} */
  readonly environment?: Readonly<Record<string, string>>;
  /** A file of `NAME=value` lines, read by systemd as root: what it says can be secret. @default - none */
  readonly environmentFile?: string;
  /** When it counts as started. @default 'exec', once the program runs */
  readonly type?: 'exec' | 'notify' | 'simple';
  /** Units that start before it where they start too. @default [] */
  readonly after?: readonly string[];
  /** Further lines of `[Service]`; they stand last, so they win. @default [] */
  readonly extra?: readonly string[];
}

/**
 * Text of a unit for a service of ours: it runs as a user of its own without capabilities or devices, may write nowhere but
 * where it is told, and starts anew however it ends. Exit status 143 is how Java ends when it is told to.
 */
export function hardenedUnit(options: HardenedUnitOptions): string {
  const { description, user, exec, directory, writable, type = 'exec', after = [], extra = [] } = options;
  return `# Written by firesteel configure; changes made here do not last.
[Unit]
Description=${description}
Wants=network-online.target
After=${['network-online.target', ...after].join(' ')}
RequiresMountsFor=${directory}
StartLimitIntervalSec=0

[Service]
Type=${type}
User=${user}
Group=${user}
UMask=0027
WorkingDirectory=${directory}
${environmentLines(options)}ExecStart=${exec}
SuccessExitStatus=143
Restart=always
RestartSec=3
TimeoutStopSec=30
LimitNOFILE=65536
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
${lines(writable.length === 0 ? [] : [`ReadWritePaths=${writable.join(' ')}`])}ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
${lines(extra)}
[Install]
WantedBy=multi-user.target
`;
}

function environmentLines({ environment = {}, environmentFile }: HardenedUnitOptions): string {
  const variables = Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`);
  return lines([...variables, ...(environmentFile === undefined ? [] : [`EnvironmentFile=${environmentFile}`])]);
}

/** As systemd reads words: `%` begins one of its own names, `"` and `\` have to be escaped. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%')}"`;
}

function lines(each: readonly string[]): string {
  return each.map((line) => `${line}\n`).join('');
}
