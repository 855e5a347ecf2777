"""Zeroes the machine code of other GPUs in a CUDA library, in place: zeros pack to nothing. Offsets stay, so the driver still finds its own code.

    thin.py LIBRARY COMPUTE_CAPABILITY      for example 90

A library's device code lies in fat binaries: a header (magic number 0xBA55ED50, 2 bytes version, 2 bytes header size, 8 bytes size) and entries (2 bytes kind: 1 PTX,
2 machine code; 4 bytes header size at offset 4; 8 bytes size at 8; 4 bytes architecture at 28). The layout is that of fatbinary_section.h and of cuobjdump's output.
"""

import mmap
import struct
import sys

MAGIC = struct.pack("<I", 0xBA55ED50)
HEADER = struct.Struct("<IHHQ")


def thin(code, keep):
    zeroed = kept = 0
    at = code.find(MAGIC)
    while at >= 0:
        _, _, header, size = HEADER.unpack_from(code, at)
        end = at + header + size
        if header != HEADER.size or end > len(code):
            # The same four bytes by chance.
            at = code.find(MAGIC, at + 4)
            continue
        entry = at + header
        while entry < end:
            kind, = struct.unpack_from("<H", code, entry)
            head, length = struct.unpack_from("<IQ", code, entry + 4)
            architecture, = struct.unpack_from("<I", code, entry + 28)
            if kind not in (1, 2) or head == 0 or entry + head + length > end:
                sys.exit(f"{sys.argv[1]}: unknown kind of code at {entry}")
            if architecture == keep:
                kept += length
            else:
                code[entry + head:entry + head + length] = bytes(length)
                zeroed += length
            entry += head + length
        at = code.find(MAGIC, end)
    return zeroed, kept


with open(sys.argv[1], "r+b") as file, mmap.mmap(file.fileno(), 0) as code:
    zeroed, kept = thin(code, int(sys.argv[2]))
    print(f"{sys.argv[1]}: {zeroed >> 20} MiB of other GPUs' code zeroed, {kept >> 20} MiB of {sys.argv[2]} kept")
    if kept == 0:
        sys.exit(f"{sys.argv[1]} has no code for {sys.argv[2]}")
