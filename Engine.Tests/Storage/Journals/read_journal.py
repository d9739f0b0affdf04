"""Reads a journal by docs/design/journal-format.md alone: prints each event's fields. Needs the program zstd for compressed frames."""
import glob, re, struct, subprocess, sys

TABLE = []
for i in range(256):
    for _ in range(8):
        i = (i >> 1) ^ (0x82F63B78 if i & 1 else 0)
    TABLE.append(i)

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = (crc >> 8) ^ TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF

def predicted(data, count):
    at, previous, table, events = 0, 0, {}, []
    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]; at += 1
            value |= (byte & 0x7F) << shift; shift += 7
            if byte < 0x80:
                return value
    while len(events) < count:
        for _ in range(varint()):
            events.append(table.get((previous >> 1) & 16383, (0, 0, 0)))
            previous = events[-1][0]
        if len(events) < count:
            zigzag = varint()
            address = (previous + ((zigzag >> 1) ^ -(zigzag & 1))) & 0xFFFFFFFFFFFFFFFF
            first = struct.unpack_from("<I", data, at)[0]; at += 4
            event = (address, first, varint())
            table[(previous >> 1) & 16383] = event
            events.append(event)
            previous = address
    return b"".join(struct.pack("<QII", *event) for event in events)

TYPES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i8": "b", "i16": "h", "i32": "i", "i64": "q", "f32": "f", "f64": "d", "bool": "?", "char": "H"}

for path in sorted(glob.glob(sys.argv[1] + "/journal-*.seg")):
    data, at = open(path, "rb").read(), 0
    while data[at:at + 4] == b"EJF1":
        header_length, payload_length, payload_crc = struct.unpack_from("<HII", data, at + 6)
        header = data[at:at + header_length]
        assert crc32c(header[:112] + header[116:]) == struct.unpack_from("<I", header, 112)[0], "header"
        payload = data[at + header_length:at + header_length + payload_length]
        assert crc32c(payload) == payload_crc, "payload"
        sequence, count, size = struct.unpack_from("<qii", header, 32)
        codec, kind = struct.unpack_from("<HB", header, 96)
        lengths, texts, begin = struct.unpack_from("<HHHH", header, 104), [], 128
        for length in lengths:
            texts.append(None if length == 65535 else header[begin:begin + length].decode()); begin += 0 if length == 65535 else length
        if header[100] & 1:
            payload = subprocess.run(["zstd", "-d", "-c"], input=payload, stdout=subprocess.PIPE, check=True).stdout
        raw = predicted(payload, count) if codec == 1 else payload
        fields = [re.match(r"(.+):(\w+)@(\d+)$", field).groups() for field in texts[1].split(",")]
        for i in range(count if kind == 0 else 0):
            values = [f"{name}={struct.unpack_from('<' + TYPES[kind_], raw, i * size + int(offset))[0]}" for name, kind_, offset in fields]
            print(texts[0], sequence + i, *values)
        at += (header_length + payload_length + 7) & ~7
