"""UIDs of results: the same result always has the same, so that an archive keeps double work once."""

from __future__ import annotations

import hashlib


def uid_of(*parts: str) -> str:
    """A UID below 2.25 (PS3.5 B.2) of a UUID of version 8 (RFC 9562) made from a hash of ``parts``."""
    number = int.from_bytes(hashlib.sha256("\0".join(parts).encode()).digest()[:16])
    number = number & ~(0xF << 76) | 8 << 76
    number = number & ~(0b11 << 62) | 0b10 << 62
    return f"2.25.{number}"
