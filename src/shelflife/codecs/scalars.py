"""Numbers, text that UTF-8 does not carry, and bytearrays."""

from __future__ import annotations

import decimal
import struct
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from ormsgpack import Ext

from shelflife.codecs import extensions
from shelflife.codecs.blame import Culprit

MAX_TERM_BYTES = 1024
"""The longest term of a Fraction: reducing one takes quadratic time."""

# Decimals are read and written in a context of our own: the thread's may round, or trap otherwise.
_EXACT: Final = decimal.Context(
    prec=decimal.MAX_PREC,
    Emin=decimal.MIN_EMIN,
    Emax=decimal.MAX_EMAX,
    capitals=1,
    traps=[decimal.InvalidOperation],
)
_Decimal: Final = Decimal
_to_text = _EXACT.to_sci_string
_TWO_FLOATS = struct.Struct(">dd")
_LENGTH = struct.Struct(">H")


def encode_int(value: int) -> Ext:
    """Encode an int that 64 bits do not hold."""
    return Ext(extensions.BIG_INT, _int_bytes(value))


def decode_int(data: bytes) -> int:
    """Decode an int of any size, in linear time."""
    return int.from_bytes(data, "big", signed=True)


def encode_surrogates(value: str) -> Ext:
    """Encode text that holds lone surrogates."""
    return Ext(extensions.SURROGATES, value.encode("utf-8", "surrogatepass"))


def decode_surrogates(data: bytes) -> str:
    """Decode text that holds lone surrogates."""
    return data.decode("utf-8", "surrogatepass")


def encode_bytearray(value: bytearray) -> Ext:
    """Encode a bytearray."""
    return Ext(extensions.BYTEARRAY, bytes(value))


def encode_decimal(value: Decimal) -> Ext:
    """Encode a Decimal with its exponent, sign and NaN payload."""
    return Ext(extensions.DECIMAL, _to_text(value).encode())


def decode_decimal(data: bytes) -> Decimal:
    """Decode a Decimal, whatever the thread's decimal context."""
    return _Decimal(str(data, "ascii"), _EXACT)


def encode_fraction(value: Fraction) -> Ext:
    """Encode a Fraction."""
    numerator, denominator = _int_bytes(value.numerator), _int_bytes(value.denominator)
    if len(numerator) > MAX_TERM_BYTES or len(denominator) > MAX_TERM_BYTES:
        raise Culprit(value, f"its terms may have {MAX_TERM_BYTES} bytes; round it first")
    data = _LENGTH.pack(len(numerator)) + numerator + denominator
    return Ext(extensions.FRACTION, data)


def decode_fraction(data: bytes) -> Fraction:
    """Decode a Fraction, which must be in lowest terms."""
    if len(data) > 2 + 2 * MAX_TERM_BYTES:
        raise ValueError("the terms of a Fraction are too long")
    end = 2 + _LENGTH.unpack_from(data)[0]
    numerator, denominator = decode_int(data[2:end]), decode_int(data[end:])
    value = Fraction(numerator, denominator)
    if value.numerator != numerator or value.denominator != denominator:
        raise ValueError("a Fraction is not in lowest terms")
    return value


def encode_complex(value: complex) -> Ext:
    """Encode a complex number."""
    return Ext(extensions.COMPLEX, _TWO_FLOATS.pack(value.real, value.imag))


def decode_complex(data: bytes) -> complex:
    """Decode a complex number."""
    return complex(*_TWO_FLOATS.unpack(data))


def _int_bytes(value: int) -> bytes:
    return value.to_bytes((value.bit_length() >> 3) + 1, "big", signed=True)


ENCODERS: dict[type, Any] = {
    int: encode_int,
    bytearray: encode_bytearray,
    Decimal: encode_decimal,
    Fraction: encode_fraction,
    complex: encode_complex,
}
DECODERS: dict[int, Any] = {
    extensions.BIG_INT: decode_int,
    extensions.SURROGATES: decode_surrogates,
    extensions.BYTEARRAY: bytearray,
    extensions.DECIMAL: decode_decimal,
    extensions.FRACTION: decode_fraction,
    extensions.COMPLEX: decode_complex,
}
