/**
 * Kafka's protocol for `python`: as much of it as probes and facts ask. A JVM started for each question would take a small
 * node's processor for seconds. `login(file)` reads a client's properties; `Broker(address, login)` has logged in, over
 * TLS, when it is there, and trusts as `trusting` says. Versions of requests are the oldest that brokers of the 4 line answer.
 */
export const KAFKA_WIRE = `
import base64, ssl, struct

def login(path):
    try:
        with open(path) as lines:
            known = dict(line.rstrip('\\n').split('=', 1) for line in lines if '=' in line)
    except OSError as error:
        fail(f'{path} can not be read: {error.strerror}')
    found = re.search(r'username="([^"]*)" password="([^"]*)"', known.get('sasl.jaas.config', ''))
    trusted = known.get('ssl.truststore.location')
    if not found or not trusted:
        fail(f'{path} holds no login')
    return (*found.groups(), trusted)

def text(value):
    if value is None:
        return struct.pack('>h', -1)
    data = value.encode()
    return struct.pack('>h', len(data)) + data

def array(items):
    return struct.pack('>i', len(items)) + b''.join(items)

class Answer:
    def __init__(self, data):
        self.data, self.at = data, 0
    def take(self, size):
        self.at += size
        return self.data[self.at - size:self.at]
    def number(self, kind):
        return struct.unpack('>' + kind, self.take(struct.calcsize('>' + kind)))[0]
    def text(self):
        size = self.number('h')
        return None if size < 0 else self.take(size).decode()
    def list(self, each):
        return [each() for _ in range(max(0, self.number('i')))]
    def uvarint(self):
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
    def compact_text(self):
        size = self.uvarint()
        return None if size == 0 else self.take(size - 1).decode()
    def compact_list(self, each):
        return [each() for _ in range(max(0, self.uvarint() - 1))]
    def tags(self):
        for _ in range(self.uvarint()):
            self.uvarint()
            self.take(self.uvarint())

class Refused(Exception):
    pass

class Broker:
    def __init__(self, address, who):
        host, port = address.rsplit(':', 1)
        user, password, trusted = who
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        tls.check_hostname = False
        tls.load_verify_locations(trusted)
        self.socket = tls.wrap_socket(socket.create_connection((host, int(port)), timeout=10))
        self.stream = self.socket.makefile('rb')
        answer = self.ask(17, 1, text('PLAIN'))
        if answer.number('h') != 0:
            raise Refused('it takes no login by PLAIN')
        proof = ('\\0' + user + '\\0' + password).encode()
        answer = self.ask(36, 0, struct.pack('>i', len(proof)) + proof)
        if answer.number('h') != 0:
            raise Refused(f'it refuses the login of {user}: {answer.text()}')

    def ask(self, key, version, body, flexible=False):
        head = struct.pack('>hhi', key, version, 1) + text('firesteel') + (b'\\0' if flexible else b'')
        self.socket.sendall(struct.pack('>i', len(head + body)) + head + body)
        size = self.stream.read(4)
        if len(size) < 4:
            raise Refused('it ends the connection')
        answer = Answer(self.stream.read(struct.unpack('>i', size)[0]))
        answer.number('i')
        if flexible:
            answer.tags()
        return answer

    def metadata(self):
        'Addresses of the brokers that live, by their ids; of each topic its partitions as (index, leader, replicas, isr).'
        answer = self.ask(3, 2, struct.pack('>i', -1))
        def broker():
            number, host, port = answer.number('i'), answer.text(), answer.number('i')
            answer.text()
            return number, f'{host}:{port}'
        def ids():
            return answer.list(lambda: answer.number('i'))
        def partition():
            answer.number('h')
            return answer.number('i'), answer.number('i'), ids(), ids()
        def topic():
            answer.number('h')
            name = answer.text()
            answer.number('b')
            return name, answer.list(partition)
        brokers = dict(answer.list(broker))
        self.cluster = answer.text()
        answer.number('i')
        return brokers, dict(answer.list(topic))

    def quorum(self):
        'Id of the controller that leads, and directory ids of those that vote, by their ids.'
        body = b'\\x02' + b'\\x13__cluster_metadata' + b'\\x02' + struct.pack('>i', 0) + b'\\0\\0\\0'
        answer = self.ask(55, 2, body, flexible=True)
        error, why = answer.number('h'), answer.compact_text()
        if error != 0:
            raise Refused(f'it does not tell of the quorum: {why or error}')
        def replica():
            number, directory = answer.number('i'), answer.take(16)
            answer.take(24)
            answer.tags()
            return number, base64.urlsafe_b64encode(directory).decode().rstrip('=')
        def partition():
            answer.number('i')
            error, why, leader = answer.number('h'), answer.compact_text(), answer.number('i')
            if error != 0:
                raise Refused(f'it does not tell of the quorum: {why or error}')
            answer.take(12)
            voters = answer.compact_list(replica)
            answer.compact_list(replica)
            answer.tags()
            return leader, dict(voters)
        def topic():
            answer.compact_text()
            partitions = answer.compact_list(partition)
            answer.tags()
            return partitions
        return answer.compact_list(topic)[0][0]
`;
