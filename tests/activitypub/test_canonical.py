"""Strict reading (what programs disagree about is refused) and the canonical form of RFC 8785."""

import struct

import pytest

from activitypub.errors import BadDocument
from activitypub.signatures.canonical import MAX_DEPTH, canonical, read_strict, refuse_ambiguous


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b'"text"',
        b"12",
        b"null",
        b"{",
        b'{"a":1,}',
        b'{"actor":"x","actor":"y"}',
        b'{"object":{"id":"x","id":"x"}}',
        b'{"a":NaN}',
        b'{"a":Infinity}',
        b'{"a":-Infinity}',
        b'{"a":1e400}',
        b'{"a":9007199254740992}',
        b'{"a":-9007199254740992}',
        b'{"a":' + b"9" * 5000 + b"}",
        b'{"a":"\\ud800"}',
        b'{"\\udc00":1}',
        b'{"a":"\xff"}',
        b"\xef\xbb\xbf{}",
        '{"a":"é"}'.encode("latin-1"),
        '{"a":1}'.encode("utf-16"),
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a":' + b"[" * 100_000,
        b'{"a":' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"}",
        b"{'a':1}",
        b'{"a":01}',
        b'{"a":"\n"}',
    ],
)
def test_b29_ambiguous_json_is_refused(data):  # B29
    with pytest.raises(BadDocument):
        read_strict(data)


def test_proper_json_is_read():
    data = '{"id":"x","n":9007199254740991,"f":1.5,"t":[true,false,null],"é":"\\ud83d\\ude00","__proto__":{}}'.encode()
    assert read_strict(data)["é"] == "😀"
    assert read_strict(b'{"a":' + b"[" * (MAX_DEPTH - 1) + b"]" * (MAX_DEPTH - 1) + b"}")


@pytest.mark.parametrize(
    "value", [{"a": b"bytes"}, {1: "key"}, {"a": {2}}, {"a": float("nan")}, {"a": 2**53}, {"\ud800": 1}]
)
def test_values_that_are_not_json(value):
    with pytest.raises(BadDocument):
        refuse_ambiguous(value)
    with pytest.raises(BadDocument):
        canonical(value)


def test_order_of_names_is_by_utf16_units():
    # RFC 8785, section 3.2.3.
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical({name: number for number, name in enumerate(names)}).decode()
    expected = ["\\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    positions = [written.index(f'"{name}":') for name in expected]
    assert positions == sorted(positions)


@pytest.mark.parametrize(
    ("bits", "text"),
    [
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_as_in_appendix_b_of_rfc_8785(bits, text):
    number = struct.unpack(">d", bytes.fromhex(bits))[0]
    assert canonical({"n": number}) == f'{{"n":{text}}}'.encode()


def test_strings_as_in_rfc_8785():
    value = {"string": "\u20ac$\u000f\u000aA'\u0042\u0022\u005c\\\"\u002f", "literals": [None, True, False]}
    assert canonical(value) == '{"literals":[null,true,false],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'.encode()
