"""Keys: their forms, and which do not load."""

import base64
import time

import base58
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from activitypub.errors import BadSignature
from activitypub.signatures import keys
from tests.activitypub.signing import pair


def pem_of(key) -> str:
    return keys.public_pem(key)


def test_an_rsa_pair_comes_back():
    private, public = pair("somebody")
    assert keys.load_public(public).key_size == 2048
    assert public == pem_of(keys.public_of(private))
    assert private.startswith("-----BEGIN PRIVATE KEY-----") and public.startswith("-----BEGIN PUBLIC KEY-----")


def test_an_ed25519_pair_comes_back():
    private, public = keys.generate_ed25519()
    assert public.startswith("z6Mk")
    assert keys.multikey(keys.load_public(public)) == public == keys.multikey(keys.public_of(private))
    signature = keys.sign_bytes(keys.load_private(private), b"hello")
    assert keys.is_signed(keys.load_public(public), signature, b"hello")
    assert not keys.is_signed(keys.load_public(public), signature, b"hullo")


def test_multikey_known_value():
    # FEP-8b32's and FEP-521a's example key, from its secret form.
    secret = base58.b58decode("3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")
    assert secret[:2] == b"\x80\x26"
    public = ed25519.Ed25519PrivateKey.from_private_bytes(secret[2:]).public_key()
    assert keys.multikey(public) == "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"


def test_an_rsa_multikey_comes_back():
    key = keys.load_public(pair("somebody")[1])
    written = keys.multikey(key)
    assert written.startswith("z4MX")
    assert keys.load_public(written).public_numbers() == key.public_numbers()


def test_private_keys_are_loaded_once():
    private, _ = pair("somebody")
    assert keys.load_private(private) is keys.load_private(private)


def test_pem_with_ed25519_and_pkcs1_are_read():
    public = ed25519.Ed25519PrivateKey.generate().public_key()
    assert isinstance(keys.load_public(pem_of(public)), ed25519.Ed25519PublicKey)
    key = keys.load_public(pair("somebody")[1])
    old = key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.PKCS1).decode()
    assert keys.load_public(old).public_numbers() == key.public_numbers()


def rsa_with(modulus_bits: int, exponent: int) -> str:
    """The DER of a public key that no library would make."""

    def integer(value: int) -> bytes:
        data = value.to_bytes(value.bit_length() // 8 + 1, "big")
        return b"\x02" + length(len(data)) + data

    def length(size: int) -> bytes:
        if size < 128:
            return bytes([size])
        data = size.to_bytes((size.bit_length() + 7) // 8, "big")
        return bytes([0x80 | len(data)]) + data

    inner = integer((1 << modulus_bits - 1) + 1) + integer(exponent)
    der = b"\x30" + length(len(inner)) + inner
    encoded = base64.encodebytes(der).decode()
    return f"-----BEGIN RSA PUBLIC KEY-----\n{encoded}-----END RSA PUBLIC KEY-----\n"


@pytest.mark.parametrize(
    ("bits", "exponent"),
    [
        (512, 65537),
        (1024, 65537),
        (2047, 65537),
        (16384, 65537),
        (8200, 65537),
        (2048, 1),
        (2048, 2),
        (2048, 65536),
        (2048, 2**200 + 1),
    ],
)
def test_a14_weak_and_abnormal_rsa_keys_do_not_load_and_cost_little(bits, exponent):  # A14
    started = time.process_time()
    with pytest.raises(BadSignature):
        keys.load_public(rsa_with(bits, exponent))
    assert time.process_time() - started < 0.05


def test_rsa_at_the_bounds_loads():
    assert keys.load_public(rsa_with(2048, 3)).key_size == 2048
    assert keys.load_public(rsa_with(8192, 65537)).key_size == 8192


@pytest.mark.parametrize(
    "text",
    [
        "",
        "z",
        "z6Mk",
        "zOOOO",
        "z" + "1" * 3000,
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        "x" * 10_000,
        "\ud800",
        "z" + base58.b58encode(b"\xed\x01" + b"x" * 31).decode(),
        "z" + base58.b58encode(b"\x85\x24" + b"x" * 200).decode(),
        "z" + base58.b58encode(b"\xe7\x01" + b"x" * 33).decode(),
    ],
)
def test_unreadable_keys_do_not_load(text):
    with pytest.raises(BadSignature):
        keys.load_public(text)


def test_other_kinds_of_keys_do_not_load():
    curve = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(BadSignature, match="kind"):
        keys.load_public(
            curve.public_key()
            .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
            .decode()
        )
    private = curve.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    with pytest.raises(BadSignature, match="kind"):
        keys.load_private(private)


def test_a_made_key_has_the_usual_exponent():
    assert isinstance(keys.load_public(pair("somebody")[1]), rsa.RSAPublicKey)
    assert keys.load_public(pair("somebody")[1]).public_numbers().e == 65537
