"""Random numbers of simulated replicates, keyed by person, replicate and record.

What is keyed is the ID, not the place in a run: the same individual gets the same numbers in
any order of individuals, in chunks of any size, and whatever others are in the data set.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np

from sordino.events import EventTable
from sordino.events.table import Float64, Int64
from sordino.library.schema import PkModel
from sordino.pk.histories import occasions
from sordino.population import covariance_root, standard_normals

SMALLEST_BATCH = 256


class People(NamedTuple):
    """Keys of individuals: two parts of a hash of the ID, which of the individuals of that ID
    it is, and the number of the replicate, from 1."""

    high: Int64
    low: Int64
    number: Int64
    replicate: Int64

    def at(self, places: Int64) -> People:
        """The keys at some places, which may repeat."""
        return People(*(part[places] for part in self))


class Register:
    """Gives individuals their keys, in the order in which a data set is read."""

    def __init__(self) -> None:
        self._met: dict[str, int] = {}

    def people(self, ids: Sequence[str]) -> People:
        """Keys of further individuals, of replicate 0."""
        hashes = np.array([_hash(name) for name in ids], np.int64).reshape(-1, 2)
        number = np.array([self._meet(name) for name in ids], np.int64)
        return People(hashes[:, 0], hashes[:, 1], number, np.zeros_like(number))

    def _meet(self, name: str) -> int:
        before = self._met.get(name, 0)
        self._met[name] = before + 1
        return before


def _hash(name: str) -> tuple[int, int]:
    """62 bits of a hash, so that no two of a million people are likely to meet."""
    raw = hashlib.blake2b(name.encode(), digest_size=8).digest()
    number = int.from_bytes(raw, "little")
    return number & 0x7FFFFFFF, number >> 31 & 0x7FFFFFFF


def normals(seed: int, streams: Sequence[str], *counters: Int64) -> Float64:
    """Standard normal numbers, (stream, lane); padded to a few sizes, each compiled once."""
    count = len(counters[0])
    size = max(SMALLEST_BATCH, 1 << (count - 1).bit_length())
    padded = [jnp.asarray(np.pad(counter, (0, size - count))) for counter in counters]
    return np.asarray(standard_normals(seed, streams, *padded))[:, :count]


def patient_etas(model: PkModel, people: People, seed: int) -> dict[str, Float64]:
    """Deviations between patients, (individual,) by parameter, with their covariances."""
    names, root = covariance_root(model)
    if not names:
        return {}
    z = normals(seed, [f"iiv/{model.id}/{name}" for name in names], *people)
    return dict(zip(names, root @ z, strict=True))


def occasion_etas(
    model: PkModel, table: EventTable, people: People, seed: int
) -> dict[str, Float64]:
    """Deviations between occasions, (occasion, individual) by parameter.

    They are keyed by what the data set calls the occasion; `table` has the individuals of
    `people`.
    """
    spread = {n: p.iov.sd_eta for n, p in model.parameters.items() if p.iov is not None}
    if not any(spread.values()):
        return {}
    number, count = occasions(table)
    shape = (count, len(table.ids))
    called = np.zeros(shape, np.int64)
    called[number, table.individual] = table.occasion
    lanes = np.tile(np.arange(len(table.ids)), count)
    streams = [f"iov/{model.id}/{name}" for name in spread]
    z = normals(seed, streams, *people.at(lanes), called.ravel())
    return {name: sd * z[k].reshape(shape) for k, (name, sd) in enumerate(spread.items())}
