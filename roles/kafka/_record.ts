/** For `python`, after `KAFKA_WIRE`: `write_and_read(broker, topic)` writes one record and reads it back. */
export const KAFKA_RECORD = `
def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82f63b78 & -(crc & 1))
    return crc ^ 0xffffffff

def varint(value):
    value = value << 1 if value >= 0 else (-value << 1) - 1
    data = b''
    while value > 127:
        data, value = data + bytes([value & 127 | 128]), value >> 7
    return data + bytes([value])

def batch(value):
    record = b'\\0' + varint(0) + varint(0) + varint(-1) + varint(len(value)) + value + varint(0)
    record = varint(len(record)) + record
    now = int(time.time() * 1000)
    rest = struct.pack('>hiqqqhii', 0, 0, now, now, -1, -1, -1, 1) + record
    rest = struct.pack('>ibI', -1, 2, crc32c(rest)) + rest
    return struct.pack('>qi', 0, len(rest)) + rest

def write(broker, topic, value):
    records = batch(value)
    partition = struct.pack('>ii', 0, len(records)) + records
    body = text(None) + struct.pack('>hi', -1, 8000) + array([text(topic) + array([partition])])
    answer = broker.ask(0, 3, body)
    answer.number('i'), answer.text(), answer.number('i'), answer.number('i')
    error, offset = answer.number('h'), answer.number('q')
    if error != 0:
        raise Refused(f'it takes no record for {topic}: error {error}')
    return offset

def read(broker, topic, offset):
    partition = struct.pack('>iqi', 0, offset, 65536)
    body = struct.pack('>iiiib', -1, 5000, 1, 65536, 0) + array([text(topic) + array([partition])])
    answer = broker.ask(1, 4, body)
    answer.number('i'), answer.number('i'), answer.text(), answer.number('i'), answer.number('i')
    error = answer.number('h')
    if error != 0:
        raise Refused(f'it gives no record of {topic}: error {error}')
    return answer.data[answer.at:]

def write_and_read(broker, topic):
    value = f'{socket.gethostname()} {time.time_ns()}'.encode()
    if value not in read(broker, topic, write(broker, topic, value)):
        raise Refused(f'a record written to {topic} can not be read back')
`;
