"""Prints what the seccomp filters of a process say of every system call: one line a number and architecture.

The filters are read from the kernel and run here, so no system call is made. Usage: verdicts.py PID
"""
import ctypes
import os
import struct
import sys

SEIZE, INTERRUPT, DETACH, GET_FILTER = 0x4206, 0x4207, 17, 0x420C
ARCHITECTURES = {"x86_64": (0xC000003E, 0), "x32": (0xC000003E, 0x40000000), "x86": (0x40000003, 0)}
# What rules look at: flags of clone, families of sockets, personalities; in the first argument or the second.
VALUES = [0, 1, 2, 8, 16, 38, 39, 40, 41, 0x11, 0x20000, 0x20008, 0xFFFFFFFF, 0x3D0F00, 0x1200011, 1 << 32]
VALUES += [bit for bit in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)]

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.restype = ctypes.c_long
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


def ptrace(request, pid, address=None, data=None):
    result = libc.ptrace(request, pid, address, data)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def filters(pid):
    ptrace(SEIZE, pid)
    ptrace(INTERRUPT, pid)
    os.waitpid(pid, 0x40000000)
    found = []
    while True:
        try:
            count = ptrace(GET_FILTER, pid, len(found))
        except OSError as error:
            if error.errno in (2, 22):
                break
            raise
        buffer = ctypes.create_string_buffer(8 * count)
        ptrace(GET_FILTER, pid, len(found), ctypes.cast(buffer, ctypes.c_void_p))
        found.append([struct.unpack_from("<HBBI", buffer.raw, 8 * index) for index in range(count)])
    ptrace(DETACH, pid)
    return found


def run(code, data):
    """One filter on one `struct seccomp_data`."""
    accumulator, index_register, memory, place = 0, 0, [0] * 16, 0
    while True:
        operation, yes, no, operand = code[place]
        place += 1
        kind = operation & 7
        if kind == 0:
            accumulator = struct.unpack_from("<I", data, operand)[0] if operation & 0x60 == 0x20 else memory[operand] if operation & 0x60 == 0x60 else operand
        elif kind == 2:
            memory[operand] = accumulator
        elif kind == 4:
            value = index_register if operation & 8 else operand
            action = operation & 0xF0
            accumulator = {0x00: accumulator + value, 0x10: accumulator - value, 0x40: accumulator | value,
                           0x50: accumulator & value}[action] & 0xFFFFFFFF
        elif kind == 5:
            value = index_register if operation & 8 else operand
            action = operation & 0xF0
            if action == 0:
                place += operand
            else:
                holds = {0x10: accumulator == value, 0x20: accumulator > value, 0x30: accumulator >= value,
                         0x40: accumulator & value != 0}[action]
                place += yes if holds else no
        elif kind == 6:
            return operand
        elif kind == 7:
            if operation & 0xF8 == 0:
                index_register = accumulator
            else:
                accumulator = index_register
        else:
            raise ValueError(f"instruction {operation:#x}")


def words(verdict):
    names = {0x7FFF: "allow", 0x7FFC: "log", 0x3: "trap", 0x0: "kill", 0x8000: "kill", 0x5: f"errno {verdict & 0xFFFF}", 0x7FF0: "trace"}
    return names.get(verdict >> 16, hex(verdict))


def verdict(codes, architecture, number, values):
    data = struct.pack("<iIQ6Q", number, architecture, 0, *values)
    signed = lambda value: value - (1 << 32) if value & 0x80000000 else value
    results = [run(code, data) for code in codes]
    return words(min(results, key=lambda value: signed(value & 0xFFFF0000))) if results else "allow"


def main():
    codes = filters(int(sys.argv[1]))
    print(f"filters: {len(codes)}")
    for name, (architecture, bit) in ARCHITECTURES.items():
        for number in list(range(0, 480)) + [512, 547, 1000]:
            said = {}
            for position in (0, 1):
                # Only 64-bit calls have 64-bit arguments.
                for value in VALUES if name == "x86_64" else [value for value in VALUES if value < 1 << 32]:
                    values = [0] * 6
                    values[position] = value
                    said[f"{position}={value:#x}"] = verdict(codes, architecture, number | bit, values)
            kinds = set(said.values())
            text = kinds.pop() if len(kinds) == 1 else " ".join(f"{key} {value};" for key, value in said.items())
            print(f"{name} {number}: {text}")


main()
