"""Random numbers that follow from a seed and a key alone."""

import zlib

import numpy as np


def generator(seed: int, *key: str | int) -> np.random.Generator:
    """Return a random generator that depends on nothing but the seed and the key."""
    words = [zlib.crc32(part.encode()) if isinstance(part, str) else part for part in key]
    return np.random.default_rng([seed, *words])
