"""Randomness that depends on its key and position alone, never on the order of the calls.

Any date of any symbol can be computed by itself, and a longer history begins with the same
numbers as a shorter one.
"""

import hashlib

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST_MIX = np.uint64(0xBF58476D1CE4E5B9)
_SECOND_MIX = np.uint64(0x94D049BB133111EB)


def stream(seed: int, *names: str) -> np.uint64:
    """Return the key of the stream of random numbers called `names` under `seed`."""
    text = "/".join((str(seed), *names))
    return np.uint64(int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big"))


def uniforms(key: np.uint64, positions: Ints) -> Floats:
    """Return one number in (0, 1) for each position of the stream (splitmix64)."""
    with np.errstate(over="ignore"):
        mixed = key + (positions.astype(np.uint64) + np.uint64(1)) * _GOLDEN
        mixed = (mixed ^ (mixed >> np.uint64(30))) * _FIRST_MIX
        mixed = (mixed ^ (mixed >> np.uint64(27))) * _SECOND_MIX
        mixed ^= mixed >> np.uint64(31)
    return ((mixed >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53


def normals(key: np.uint64, positions: Ints) -> Floats:
    """Return one standard normal number for each position of the stream (Box and Muller)."""
    radius = np.sqrt(-2.0 * np.log(uniforms(key, 2 * positions)))
    return radius * np.cos(2.0 * np.pi * uniforms(key, 2 * positions + 1))


def uniform(key: np.uint64, position: int = 0) -> float:
    """Return one number in (0, 1)."""
    return float(uniforms(key, np.array([position], dtype=np.int64))[0])


def choice(key: np.uint64, count: int, position: int = 0) -> int:
    """Return a whole number from 0 to `count` - 1."""
    return int(uniform(key, position) * count)
