"""Writes gzip_members.gz: ten members with every kind of DEFLATE block and every optional field of a gzip header, made by zlib (Python's
zlib module). Prints length and SHA-256 of the whole content for src/table/gzip_test.cpp.

    python3 tests/oracles/gzip_members.py
"""
import hashlib
import os
import random
import struct
import zlib


def member(content, level=9, strategy=zlib.Z_DEFAULT_STRATEGY, flags=0):
    header = b"\x1f\x8b\x08" + bytes([flags]) + struct.pack("<I", 1_700_000_000) + b"\x00\x03"
    if flags & 4:
        header += struct.pack("<H", 6) + b"QU\x02\x00ab"
    if flags & 8:
        header += b"a name.csv\x00"
    if flags & 16:
        header += b"a comment\x00"
    if flags & 2:
        header += struct.pack("<H", zlib.crc32(header) & 0xFFFF)
    packer = zlib.compressobj(level, zlib.DEFLATED, -15, 9, strategy)
    packed = packer.compress(content) + packer.flush()
    return header + packed + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF)


chance = random.Random(20240115)
rows = "".join(f"{i},{chance.random():.6f},Street {chance.randrange(50)}\n" for i in range(3000)).encode()
noise = chance.randbytes(2_000)
# Literals of very different frequency, so that codes longer than ten bits occur; matches over the whole window of 32 kB.
skewed = bytes(min(255, int(chance.expovariate(0.09))) for _ in range(30_000))
far = noise + b"\x00" * 31_000 + noise
members = [(b"", {}), (rows[:20_000], {"level": 0}), (rows, {}), (rows[:9_000], {"strategy": zlib.Z_FIXED}), (noise, {}), (skewed, {}),
           (far, {}), (b"x" * 100_000, {"strategy": zlib.Z_RLE}), (rows[:6_000], {"strategy": zlib.Z_HUFFMAN_ONLY}),
           (b"the end\n", {"flags": 2 | 4 | 8 | 16})]
content = b"".join(part for part, _ in members)
with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "gzip_members.gz"), "wb") as file:
    for part, options in members:
        file.write(member(part, **options))
print(len(content), hashlib.sha256(content).hexdigest())
