import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Outside } from '../../sandbox/outside';
import { sandboxSettings } from '../../sandbox/settings';
import type { Nodes } from './_nodes';

/** What a scan of all 65,535 TCP ports of an address found. */
export interface ScanResult {
  /** Something listens there. */
  readonly open: readonly number[];
  /** Nothing listens there, but the packet came through to the address, which refused it. */
  readonly refused: readonly number[];
}

/** Every port that a firewall on the way lets through, whether something listens there or not. */
export function letThrough({ open, refused }: ScanResult): number[] {
  return [...open, ...refused].sort((a, b) => a - b);
}

/** Scans an address from a node. */
export async function scanFrom(nodes: Nodes, from: string, address: string): Promise<ScanResult> {
  return JSON.parse((await nodes.python(from, SCANNER, address)).stdout) as ScanResult;
}

/** Scans an address from outside the cloud, with the Python of the sandbox. */
export async function scanFromOutside(outside: Outside, address: string): Promise<ScanResult> {
  const box = readFileSync(join(sandboxSettings().stateDir, 'box.pid'), 'utf8').trim();
  const argv = ['nsenter', '--target', box, '--mount', 'python3', '-I', '-', address] as const;
  const { code, stdout, stderr } = await outside.run(argv, { input: SCANNER });
  if (code !== 0) throw new Error(`the scan from ${outside.address} failed:\n${stderr}`);
  return JSON.parse(stdout) as ScanResult;
}

/**
 * Sends the first packet of a connection to every port and listens for answers. What gets none, because it was filtered or
 * lost, is asked again, until a round brings nothing new.
 */
const SCANNER = `
import json, os, random, select, socket, struct, sys, time

target = sys.argv[1]
MOST_ROUNDS, BURST, PAUSE, PATIENCE = 5, 256, 0.002, 1.5
SYN, RST, ACK = 2, 4, 16

with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as route:
    route.connect((target, 9))
    source = route.getsockname()[0]
address = socket.inet_aton(target)
wire = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP)
wire.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
own_port = random.randrange(61001, 65000)
answers = {}

def segment(port, sequence):
    def pack(checksum):
        return struct.pack('!HHIIBBHHH', own_port, port, sequence, 0, 5 << 4, SYN, 1024, checksum, 0)
    pseudo = socket.inet_aton(source) + address + struct.pack('!BBH', 0, socket.IPPROTO_TCP, 20)
    total = sum(struct.unpack('!16H', pseudo + pack(0)))
    total = (total & 0xffff) + (total >> 16)
    return pack(~(total + (total >> 16)) & 0xffff)

def listen(seconds):
    end = time.monotonic() + seconds
    while select.select([wire], [], [], max(0, end - time.monotonic()))[0]:
        packet = wire.recv(200)
        tcp = packet[(packet[0] & 15) * 4:]
        port, to = struct.unpack('!HH', tcp[:4])
        if packet[12:16] != address or to != own_port:
            continue
        if tcp[13] & (SYN | ACK) == SYN | ACK:
            answers[port] = 'open'
        elif tcp[13] & RST:
            answers.setdefault(port, 'refused')

for number in range(MOST_ROUNDS):
    before = dict(answers)
    waiting = [port for port in range(1, 65536) if port not in answers]
    random.shuffle(waiting)
    for index, port in enumerate(waiting):
        wire.sendto(segment(port, random.getrandbits(32)), (target, 0))
        if index % BURST == 0:
            listen(PAUSE)
    listen(PATIENCE)
    if number > 0 and answers == before:
        break
print(json.dumps({kind: sorted(p for p in answers if answers[p] == kind) for kind in ('open', 'refused')}))
`;
