/**
 * For `python`: `spark_version(address, port, token)` asks a Spark Connect server for its version, over HTTP/2 as gRPC has
 * it; None where it refuses. That is one request (AnalyzePlan with an empty SparkVersion) of which only the answer's data is
 * read: no library for it is on a node.
 */
export const CONNECT_CALL = `
import struct, uuid

def field(number, data):
    return bytes([number << 3 | 2, len(data)]) + data

def header(name, value):
    'HPACK: a literal that is never indexed.'
    def text(data):
        return bytes([len(data)]) + data if len(data) < 127 else bytes([127, len(data) - 127]) + data
    return b'\\x10' + text(name.encode()) + text(value.encode())

def frame(kind, flags, stream, data):
    return struct.pack('>I', len(data))[1:] + struct.pack('>BBI', kind, flags, stream) + data

def spark_version(address, port, token):
    headers = {':method': 'POST', ':scheme': 'http', ':path': '/spark.connect.SparkConnectService/AnalyzePlan',
               ':authority': f'{address}:{port}', 'te': 'trailers', 'content-type': 'application/grpc'}
    if token:
        headers['authorization'] = 'Bearer ' + token
    request = field(1, str(uuid.UUID(bytes=bytes(16))).encode()) + field(2, field(1, b'firesteel')) + field(10, b'')
    message = b'\\0' + struct.pack('>I', len(request)) + request
    block = b''.join(header(name, value) for name, value in headers.items())
    answer = b''
    try:
        with socket.create_connection((address, port), timeout=20) as server:
            server.sendall(b'PRI * HTTP/2.0\\r\\n\\r\\nSM\\r\\n\\r\\n' + frame(4, 0, 0, b'') + frame(1, 4, 1, block) + frame(0, 1, 1, message))
            stream = server.makefile('rb')
            while True:
                head = stream.read(9)
                if len(head) < 9:
                    fail(f'{address}:{port} ends the connection')
                size, kind, flags = int.from_bytes(head[:3], 'big'), head[3], head[4]
                number = int.from_bytes(head[5:], 'big')
                data = stream.read(size)
                if kind == 4 and not flags & 1:
                    server.sendall(frame(4, 1, 0, b''))
                if number == 1 and kind == 0:
                    answer += data
                if number == 1 and (kind == 3 or kind in (0, 1) and flags & 1):
                    break
    except OSError as error:
        fail(f'{address}:{port} does not answer: {error}')
    found = re.search(rb'\\n(.)(\\d+\\.\\d+\\.\\d+[\\w.-]*)', answer, re.S)
    return found and found.group(2)[:found.group(1)[0]].decode()
`;
