import { toldWithLog } from '../_told-with-log';
import type { NodeContext, Probe } from '../role';
import { peers, sharedAddress } from './_conf';

/**
 * What one node can know: that it has the address and no peer has it too, or that it doesn't and somebody does. The others
 * are asked by ARP, which needs no open port; where the network itself answers for an address, it does so in no peer's name.
 */
export function oneHasIt(context: NodeContext, unit: string): Probe {
  const others = peers(context).map(({ address }) => address);
  return toldWithLog(
    'one node has the address',
    WHO_HAS_IT,
    [context.node.address, sharedAddress(context.node), ...others],
    unit,
  );
}

const WHO_HAS_IT = `
import struct, subprocess
address, shared, peers = argv[0], argv[1], argv[2:]
links = json.loads(subprocess.check_output(['ip', '-j', 'address']))
locals_of = lambda link: [each.get('local') for each in link['addr_info']]
link = next((each for each in links if address in locals_of(each)), None) or fail(f'no interface has {address}')
own = bytes.fromhex(link['address'].replace(':', ''))
active = any(shared in locals_of(each) for each in links)

def question(target):
    ends = own + socket.inet_aton(address) + bytes(6) + socket.inet_aton(target)
    return b'\\xff' * 6 + own + struct.pack('!HHHBBH', 0x0806, 1, 0x0800, 6, 4, 1) + ends

answers = {}
with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806)) as ether:
    ether.bind((link['ifname'], 0x0806))
    ether.settimeout(0.1)
    for turn in range(12):
        if turn % 4 == 0:
            for target in [shared, *peers]:
                ether.send(question(target))
        try:
            while True:
                frame = ether.recv(2048)
                if frame[20:22] == b'\\0\\2' and frame[22:28] != own:
                    answers.setdefault(socket.inet_ntoa(frame[28:32]), set()).add(frame[22:28])
        except socket.timeout:
            pass
        if not active and shared in answers:
            break
others = [peer for peer in peers if answers.get(peer, set()) & answers.get(shared, set())]
if active and others:
    fail(f'{shared} is here and at ' + ', '.join(others) + ' too: VRRP does not get through between them')
if not active and shared not in answers:
    fail(f'no node has {shared}')
`;
