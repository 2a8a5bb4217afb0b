"""Character classes as rows of C: used by unidata.py and basicdata.py."""

POINTS = [c for c in range(0x110000) if not 0xD800 <= c < 0xE000]


def print_rows(name, rows, fmt):
    print(f"\nconst {name}[] = {{")
    line = "   "
    for row in rows:
        item = " " + fmt % row + ","
        if len(line) + len(item) > 100:
            print(line)
            line = "   "
        line += item
    print(line + "\n};")


def print_tables(prefix, flags_of, lower):
    """Ranges of equal flags; and of equal distance to the lower case, stepping by one or two."""
    ranges = []
    lowered = []
    for c in POINTS:
        flags = flags_of(c)
        if flags and ranges and ranges[-1][2] == flags and ranges[-1][1] == c - 1:
            ranges[-1][1] = c
        elif flags:
            ranges.append([c, c, flags])
        to = lower(chr(c))
        if len(to) == 1 and to != chr(c):
            delta = ord(to) - c
            last = lowered[-1] if lowered else None
            if last and last[3] == delta and (c - last[1] == last[2] or last[0] == last[1] and c
                                              - last[1] <= 2):
                last[2] = c - last[1]
                last[1] = c
            else:
                lowered.append([c, c, 1, delta])
        else:
            assert to == chr(c) or c == 0x130 and to == "i\u0307"
    for what, rows, fmt in (("range", ranges, "{%d,%d,%d}"), ("lower", lowered, "{%d,%d,%d,%d}")):
        print_rows(f"struct unidata_{what} {prefix}_{what}s", [tuple(r) for r in rows], fmt)
        print(f"const size_t {prefix}_{what}_count = "
              f"sizeof {prefix}_{what}s / sizeof {prefix}_{what}s[0];")
