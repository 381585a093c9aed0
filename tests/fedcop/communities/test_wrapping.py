"""Byte for byte: what goes into an Announce comes out of it as it was."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from fedcop.communities.wrapping import unwrap, wrap

HEAD = {"id": "https://a.example/1", "type": "Announce", "cc": [], "to": ["https://a.example/object"]}

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def test_odd_spellings_survive() -> None:
    odd = b'{ "id" : "https:\\/\\/b.example\\/1","n":1.0e0 ,\t"object":{"object":[]},"name":"\\u00e9t\xc3\xa9 \\"}{,"}'
    body = wrap(HEAD, odd)
    assert odd in body
    assert unwrap(body) == [odd]
    assert json.loads(body)["object"] == json.loads(odd)
    assert json.loads(body)["to"] == HEAD["to"]


@given(inner=st.dictionaries(st.text(max_size=8), VALUES, max_size=5), spaced=st.booleans(), ascii_=st.booleans())
def test_anything_survives(inner: dict[str, object], spaced: bool, ascii_: bool) -> None:
    body = json.dumps(inner, indent=1 if spaced else None, ensure_ascii=ascii_).encode("utf-8", "surrogatepass")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return
    assert unwrap(wrap(HEAD, body)) == [body]


def test_several_objects_and_ids() -> None:
    assert unwrap(b' {"type":"Announce", "object": [ {"id":1} , "x",{"a":[ ]}] }') == [
        b'{"id":1}',
        b'"x"',
        b'{"a":[ ]}',
    ]
    assert unwrap(b'{"object":"https://a.example/1"}') == [b'"https://a.example/1"']
    assert unwrap(b'{"object":[]}') == [] == unwrap(b'{"type":"Announce"}') == unwrap(b"{}")
