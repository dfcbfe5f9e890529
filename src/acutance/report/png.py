"""Pictures as bytes."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float, UInt8

Pixels = UInt8[np.ndarray, "rows columns 4"]
"""Red, green, blue and opacity; an opacity of 0 shows the page behind the picture."""


def encode_png(pixels: Pixels) -> bytes:
    """An RGBA picture as PNG (ISO/IEC 15948), 8 bits a channel, rows from the top.

    Every row is stored as the difference from the row above (filter 2), which halves the size of
    rendered shapes.

    Example:
        >>> encode_png(np.zeros((2, 2, 4), np.uint8))[:4]
        b'\\x89PNG'
    """
    rows, columns, _ = pixels.shape
    above = np.concatenate([np.zeros_like(pixels[:1]), pixels[:-1]])
    difference = (pixels - above).reshape(rows, columns * 4)
    filtered = np.concatenate([np.full((rows, 1), 2, np.uint8), difference], axis=1)
    header = struct.pack(">IIBBBBB", columns, rows, 8, 6, 0, 0, 0)
    return png_file([(b"IHDR", header), (b"IDAT", zlib.compress(filtered.tobytes(), 6))])


def png_file(chunks: Sequence[tuple[bytes, bytes]]) -> bytes:
    """A PNG of chunks, each a name and its data; the last chunk, which is empty, is added."""
    packed = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in (*chunks, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def to_srgb(
    linear: Float[np.ndarray, "rows columns 3"],
) -> UInt8[np.ndarray, "rows columns 3"]:
    """Linear light in [0, 1], clipped, as 8-bit sRGB (IEC 61966-2-1)."""
    light = np.clip(linear, 0.0, 1.0)
    curve = np.where(
        light <= 0.0031308, 12.92 * light, 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055
    )
    return np.round(255.0 * curve).astype(np.uint8)
