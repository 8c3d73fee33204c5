"""The binary values of the SSH protocols (RFC 4251 section 5), read strictly and written."""

from __future__ import annotations

from agentguard.errors import SignatureError


class Reader:
    """A cursor over `data`. Whatever is short, too long or not canonical is a SignatureError."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes."""
        piece = self._data[self._at : self._at + size]
        if len(piece) != size:
            raise SignatureError("the signature or key is cut short")
        self._at += size
        return piece

    def u32(self) -> int:
        """An unsigned number of four bytes."""
        return int.from_bytes(self.take(4), "big")

    def string(self, size: int | None = None) -> bytes:
        """Bytes with their length before them; of exactly `size` bytes when that is given."""
        value = self.take(self.u32())
        if size is not None and len(value) != size:
            raise SignatureError(f"a field has {len(value)} bytes and should have {size}")
        return value

    def mpint(self) -> int:
        """A number above zero, in the shortest form: one key has one spelling."""
        value = self.string()
        number = int.from_bytes(value, "big", signed=True)
        if number <= 0 or mpint(number) != string(value):
            raise SignatureError("a number of the signature or key is not in its shortest form")
        return number

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return self._at < len(self._data)

    def end(self) -> None:
        """Nothing may follow."""
        if self.more:
            raise SignatureError("bytes follow the end of the signature or key")


def u32(number: int) -> bytes:
    """Four bytes, most significant first."""
    return number.to_bytes(4, "big")


def string(value: bytes) -> bytes:
    """`value` with its length before it."""
    return u32(len(value)) + value


def mpint(number: int) -> bytes:
    """A number of zero or more, in the shortest form."""
    return string(number.to_bytes(number.bit_length() // 8 + 1, "big") if number else b"")
