"""Digests: only a matching SHA-256 proves the body, and nothing beside it may contradict it."""

import base64
import hashlib

import pytest

from activitypub.errors import BadSignature
from activitypub.signatures.digest import check_content_digest, check_digest, make_content_digest, make_digest

BODY = b'{"hello": "world"}'
RIGHT = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
RIGHT512 = base64.b64encode(hashlib.sha512(BODY).digest()).decode()
WRONG = base64.b64encode(hashlib.sha256(b"other").digest()).decode()


def test_known_values():
    # RFC 9530, appendix B, and the request of RFC 9421, appendix B.2.
    assert make_digest(BODY) == "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE="
    assert make_content_digest(BODY) == "sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:"


@pytest.mark.parametrize(
    "value",
    [
        f"SHA-256={RIGHT}",
        f"sha-256={RIGHT}",
        f"SHA-256={RIGHT},MD5=abc=",
        f"SHA-512={RIGHT512}, SHA-256={RIGHT}",
    ],
)
def test_right_digest(value):
    check_digest(value, BODY)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "SHA-256",
        f"SHA-256={WRONG}",
        f"MD5=abc=,SHA-256={WRONG}",
        f"SHA-512={RIGHT512}",
        f"SHA-512={WRONG},SHA-256={RIGHT}",
        f"SHA-256={RIGHT},SHA-256={WRONG}",
        f"SHA-256={RIGHT}, SHA-256={RIGHT}",
        f"SHA-256={RIGHT},",
        "SHA-256=",
        "SHA-256=not base64",
        f"SHA-256={RIGHT[:-4]}",
        f"={RIGHT}",
        f"SHA-256={RIGHT}" + "," + "x=" + "a" * 2000,
        "SHA-256=é",
    ],
)
def test_a05_wrong_or_confusing_digest(value):  # A05
    with pytest.raises(BadSignature):
        check_digest(value, BODY)


@pytest.mark.parametrize("value", [f"sha-256=:{RIGHT}:", f"sha-512=:{RIGHT512}:, sha-256=:{RIGHT}:"])
def test_right_content_digest(value):
    check_content_digest(value, BODY)


@pytest.mark.parametrize(
    "value",
    [
        "",
        f"sha-256=:{WRONG}:",
        f"sha-512=:{RIGHT512}:",
        f"sha-512=:{WRONG}:, sha-256=:{RIGHT}:",
        f"sha-256=:{RIGHT}:, sha-256=:{RIGHT}:",
        f"sha-256={RIGHT}",
        f'sha-256="{RIGHT}"',
        "sha-256",
        "sha-256=:not base64:",
        "sha-256=(:YQ==:)",
    ],
)
def test_a06_wrong_or_confusing_content_digest(value):  # A06
    with pytest.raises(BadSignature):
        check_content_digest(value, BODY)
