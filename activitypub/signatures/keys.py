"""RSA and Ed25519 keys in the forms they travel in: PEM and Multikey. Weak or abnormal keys do not load."""

from functools import lru_cache

import base58
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key

from activitypub.errors import BadSignature

PrivateKey = RSAPrivateKey | Ed25519PrivateKey
PublicKey = RSAPublicKey | Ed25519PublicKey

MIN_RSA_BITS = 2048
MAX_RSA_BITS = 8192
# A PEM with an 8192-bit RSA key has about 1,450 characters; longer text is not worth parsing.
MAX_KEY_TEXT = 4096

_ED25519_PREFIX = b"\xed\x01"
_RSA_PREFIX = b"\x85\x24"


def generate_rsa() -> tuple[str, str]:
    """Make an RSA-2048 pair: private PEM (PKCS#8) and public PEM (SPKI). Takes about 50 ms: call it in a thread."""
    key = generate_private_key(public_exponent=65537, key_size=2048)
    return _private_pem(key), public_pem(key.public_key())


def generate_ed25519() -> tuple[str, str]:
    """Make an Ed25519 pair: private PEM (PKCS#8) and public Multikey (`z6Mk…`)."""
    key = Ed25519PrivateKey.generate()
    return _private_pem(key), multikey(key.public_key())


@lru_cache(maxsize=1024)
def load_private(pem: str) -> PrivateKey:
    """Load one of our own private keys; kept in memory, because loading and checking an RSA key costs 42 ms."""
    # We wrote these keys ourselves, so the costly check of their primes is not repeated.
    key = serialization.load_pem_private_key(pem.encode(), password=None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, (RSAPrivateKey, Ed25519PrivateKey)):
        raise BadSignature("this kind of private key is not supported", code="key-kind")
    return key


@lru_cache(maxsize=4096)
def load_public(text: str) -> PublicKey:
    """Load somebody's public key from PEM or Multikey; raise BadSignature if it is weak, abnormal or unreadable."""
    if len(text) > MAX_KEY_TEXT:
        raise BadSignature("the public key is too long", code="key-abnormal")
    try:
        key = _from_multikey(text.strip()) if text.lstrip().startswith("z") else _from_pem(text)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise BadSignature("the public key cannot be read", code="key-unreadable") from error
    if isinstance(key, RSAPublicKey):
        if not MIN_RSA_BITS <= key.key_size <= MAX_RSA_BITS:
            raise BadSignature(f"the public key has {key.key_size} bits", code="key-abnormal")
        exponent = key.public_numbers().e
        if exponent < 3 or exponent % 2 == 0 or exponent.bit_length() > 33:
            raise BadSignature("the public key has an abnormal exponent", code="key-abnormal")
        return key
    if not isinstance(key, Ed25519PublicKey):
        raise BadSignature("this kind of public key is not supported", code="key-kind")
    return key


def public_pem(key: PublicKey) -> str:
    """Write a public key as PEM (SPKI)."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_bytes(serialization.Encoding.PEM, form).decode()


def multikey(key: PublicKey) -> str:
    """Write a public key as Multikey (FEP-521a)."""
    if isinstance(key, Ed25519PublicKey):
        data = _ED25519_PREFIX + key.public_bytes_raw()
    else:
        data = _RSA_PREFIX + key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)
    return "z" + base58.b58encode(data).decode()


def public_of(private_pem: str) -> PublicKey:
    """Give the public half of one of our private keys."""
    return load_private(private_pem).public_key()


def sign_bytes(key: PrivateKey, message: bytes) -> bytes:
    """Sign with what the key's type implies: RSA PKCS#1 v1.5 with SHA-256, or Ed25519."""
    if isinstance(key, RSAPrivateKey):
        return key.sign(message, PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def is_signed(key: PublicKey, signature: bytes, message: bytes, *, sha512: bool = False) -> bool:
    """Tell whether a signature is by this key; the key's type alone decides the algorithm."""
    try:
        if isinstance(key, RSAPublicKey):
            key.verify(signature, message, PKCS1v15(), hashes.SHA512() if sha512 else hashes.SHA256())
        else:
            key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _private_pem(key: PrivateKey) -> str:
    pem = serialization.Encoding.PEM
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def _from_pem(text: str) -> object:
    return serialization.load_pem_public_key(text.encode())


def _from_multikey(text: str) -> object:
    # Base58 costs the square of its length: an 8192-bit key needs about 1,420 characters.
    if len(text) > 1500:
        raise ValueError("too long")
    data = base58.b58decode(text[1:])
    if data.startswith(_ED25519_PREFIX):
        return Ed25519PublicKey.from_public_bytes(data[2:])
    if data.startswith(_RSA_PREFIX):
        # PKCS#1 is one of the DER forms that the loader of public keys accepts.
        return serialization.load_der_public_key(data[2:])
    raise ValueError("unknown kind of key")
