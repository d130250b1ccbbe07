"""Programs that write to a store and are killed at random moments; run by the tests beside it.

python writers.py kill ADDRESS ROUNDS SEED    each round one writer, killed; then the store is read
python writers.py write ADDRESS NAME COUNT    write COUNT records, and say each that is confirmed

Prints what was found as JSON, or the confirmed names line by line.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
from datetime import date, datetime, timedelta
from pathlib import Path

from sordino.record import DiaryEntry, Dose, Part, Record, Session
from sordino.store import open_store

LONGEST_S = 0.1


def record(name: str) -> Record:
    """A record with one session and forty days of diary."""
    start, end = datetime(2026, 1, 5, 10), datetime(2026, 1, 5, 10, 40)
    dose = Dose(35.0, per_kg=False)
    session = Session(start, end, "ketamine", "iv", dose, parts=(Part(start, end, 35.0),))
    days = (date(2026, 1, 5) + timedelta(days=number) for number in range(40))
    entries = tuple(DiaryEntry(day, "pain", float(day.day % 10)) for day in days)
    return Record(name, sessions=(session,), entries=entries)


def write(address: str, name: str, count: int, out: int) -> None:
    """Put records into the store one after another; each is said when it is confirmed."""
    with open_store(address) as store:
        for number in range(count):
            code = f"{name}.{number}"
            store.put([record(code)], who="a test")
            os.write(out, f"{code}\n".encode())


def killed_writer(address: str, name: str, wait_s: float) -> list[str]:
    """Let a writer write, kill it `wait_s` after its first word, and return what it confirmed."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        write(address, name, 10_000, writer)
        os._exit(0)
    os.close(writer)
    said = b""
    if select.select([reader], [], [], 30)[0]:
        said = os.read(reader, 65536)
    time.sleep(wait_s)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    while more := os.read(reader, 65536):
        said += more
    os.close(reader)
    # A line without an end was not said in full.
    return said.decode().split("\n")[:-1]


def kill_rounds(address: str, rounds: int, seed: int) -> dict[str, object]:
    """Kill one writer after another, and look at the store after each."""
    moments = random.Random(seed)
    journal = Path(f"{address}-journal")
    confirmed: list[str] = []
    missing: list[str] = []
    halves: list[str] = []
    interrupted = 0
    for number in range(rounds):
        confirmed += killed_writer(address, f"R{number}", moments.uniform(0, LONGEST_S))
        interrupted += journal.exists() and journal.stat().st_size > 0
        with open_store(address) as store:
            there = {row["patient"] for row in store.patients()}
            missing += sorted(set(confirmed) - there)
            halves += [f"R{number}: {text}" for text in store.verify()]
            halves += [c for c in there - set(confirmed) if store.record(c) != record(c)]
            for code in confirmed[-3:]:
                halves += [code] if store.record(code) != record(code) else []
    return {
        "confirmed": len(confirmed),
        "missing": missing,
        "halves": halves,
        "interrupted": interrupted,
    }


if __name__ == "__main__":
    what, where, *rest = sys.argv[1:]
    if what == "kill":
        print(json.dumps(kill_rounds(where, int(rest[0]), int(rest[1]))))
    else:
        write(where, rest[0], int(rest[1]), sys.stdout.fileno())
