#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a build costs, in seconds of processor time. CMake puts it before each call of the compiler and the linker
(CMAKE_CXX_COMPILER_LAUNCHER), and ./dev build --timing asks at the end:

    processor_time.py LOG COMMAND…    runs the command, and notes in LOG what it took for which file
    processor_time.py LOG             the sum, and the costliest files
"""

import os
import sys

COSTLIEST = 25


def measure(log, command):
    _, status, usage = os.wait4(os.posix_spawnp(command[0], command, os.environ), 0)
    made = command[command.index("-o") + 1]
    with open(log, "a", encoding="utf-8") as file:
        file.write(f"{usage.ru_utime + usage.ru_stime:.2f} {made}\n")
    return os.waitstatus_to_exitcode(status)


def report(log):
    with open(log, encoding="utf-8") as file:
        rows = [line.split(maxsplit=1) for line in file]
    rows = sorted(
        ((float(seconds), made.strip().removeprefix("CMakeFiles/")) for seconds, made in rows),
        reverse=True,
    )
    print(
        f"{sum(seconds for seconds, _ in rows):.0f} s of processor time for {len(rows)} files. The costliest:"
    )
    for seconds, made in rows[:COSTLIEST]:
        print(f"{seconds:7.1f} s  {made}")
    return 0


if __name__ == "__main__":
    sys.exit(measure(sys.argv[1], sys.argv[2:]) if sys.argv[2:] else report(sys.argv[1]))
