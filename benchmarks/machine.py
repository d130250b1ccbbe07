"""The machine that is measured: which cores, and what it is."""

from __future__ import annotations

import os
import platform
import resource
import sys
from importlib.metadata import version
from pathlib import Path

import psutil


def free_cores(count: int) -> list[int]:
    """The least busy of the cores that this process may use."""
    allowed = sorted(os.sched_getaffinity(0))
    busy = psutil.cpu_percent(interval=0.5, percpu=True)
    return sorted(sorted(allowed, key=lambda core: busy[core] if core < len(busy) else 0.0)[:count])


def use_cores(cores: list[int]) -> None:
    """Restrict this process; has to come before the first import of JAX."""
    os.sched_setaffinity(0, cores)


def peak_mb() -> float:
    """Largest resident memory of this process so far, MB."""
    return megabytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def megabytes(size: int) -> float:
    """`ru_maxrss` in MB: macOS counts bytes, Linux kibibytes."""
    return size / 1e6 if sys.platform == "darwin" else size * 1024 / 1e6


def describe(cores: list[int], load: float) -> str:
    """Processor, cores used, memory, versions and what else kept it busy, in one line."""
    memory = psutil.virtual_memory().total / 2**30
    versions = ", ".join(f"{name} {version(name)}" for name in ("jax", "diffrax", "scipy"))
    return (
        f"{_processor()}; {len(cores)} of {psutil.cpu_count()} cores used; {memory:.0f} GiB; "
        f"{platform.system()}, Python {platform.python_version()}, {versions}; "
        f"load {load:.1f} before the run"
    )


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if "model name" in line]
    wide = " with AVX-512" if " avx512f " in text else ""
    return f"{names[0] if names else platform.machine()}{wide}"
