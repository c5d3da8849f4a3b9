"""Encoded polylines: a row of points as short ASCII text.

The algorithm is at https://developers.google.com/maps/documentation/utilities/polylinealgorithm; Google's own have five decimals,
those of road engines often six. Latitude comes first in the text, longitude first in our arrays.
"""

import numpy as np
from numpy.typing import NDArray

from finder.errors import BadInput

__all__ = ["decode_polyline", "encode_polyline"]

_CHUNK_BITS, _CHUNK_MASK, _MORE, _OFFSET = 5, 0x1F, 0x20, 63


def encode_polyline(lon_lat: NDArray[np.float64], *, precision: int = 5) -> str:
    """Return points in degrees, shape (n, 2), longitude first, as text; rounded to ``precision`` decimals."""
    if not np.isfinite(lon_lat).all():
        raise BadInput("A polyline has finite coordinates only.")
    # Half away from zero: what the specification's own example and other encoders have.
    scaled = lon_lat[:, ::-1] * 10**precision
    fixed = (np.sign(scaled) * np.floor(np.abs(scaled) + 0.5)).astype(np.int64)
    steps = np.diff(fixed, axis=0, prepend=np.zeros((1, 2), dtype=np.int64)).ravel()
    return "".join(map(_encoded, ((steps << 1) ^ (steps >> 63)).tolist()))


def decode_polyline(text: str, *, precision: int = 5) -> NDArray[np.float64]:
    """Return the points of a text in degrees, shape (n, 2), longitude first.

    Raises :class:`BadInput` when the text is cut or no polyline.
    """
    codes = np.frombuffer(text.encode("utf-8", "replace"), dtype=np.uint8).astype(np.int64) - _OFFSET
    if len(codes) == 0:
        return np.empty((0, 2))
    ends = np.flatnonzero(codes < _MORE)
    lengths = np.diff(ends, prepend=-1)
    whole = codes.min() >= 0 and codes.max() < 2 * _MORE and codes[-1] < _MORE and len(ends) % 2 == 0
    # Eleven chunks hold 55 bits, more than any difference of coordinates has.
    if not whole or lengths.max() > 11:
        raise BadInput("This is no encoded polyline, or the end of one is missing.")
    starts = ends - lengths + 1
    within = np.arange(len(codes)) - np.repeat(starts, lengths)
    values = np.add.reduceat((codes & _CHUNK_MASK) << (_CHUNK_BITS * within), starts)
    steps = (values >> 1) ^ -(values & 1)
    return np.cumsum(steps.reshape(-1, 2), axis=0)[:, ::-1] / 10**precision


def _encoded(value: int) -> str:
    chunks: list[str] = []
    while value >= _MORE:
        chunks.append(chr((_MORE | (value & _CHUNK_MASK)) + _OFFSET))
        value >>= _CHUNK_BITS
    chunks.append(chr(value + _OFFSET))
    return "".join(chunks)
