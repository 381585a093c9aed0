"""FEP-8b32 integrity proofs (eddsa-jcs-2022): a signature inside a document, which survives being passed on.

A proof says who vouches for a document's content, not that its author may do what it says.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import base58
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from activitypub.errors import BadDocument, BadSignature
from activitypub.signatures.canonical import canonical, read_strict
from activitypub.signatures.keys import is_signed, load_private, load_public
from activitypub.uris import same_origin

SUITE = "eddsa-jcs-2022"
CONTEXT = "https://w3id.org/security/data-integrity/v2"
MAX_SKEW = timedelta(hours=1)

# `signature` is the older Linked Data signature, put on last and therefore outside the proof.
_OUTSIDE = frozenset({"proof", "signature"})
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)")


def add_proof(
    document: Mapping[str, Any], *, private_pem: str, verification_method: str, created: datetime
) -> dict[str, Any]:
    """Give a copy of a document with a proof; its @context becomes a list that knows the terms of proofs."""
    bare = {name: value for name, value in document.items() if name not in _OUTSIDE}
    if "@context" in bare:
        bare["@context"] = _with_proof_terms(bare["@context"])
    proof: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "verificationMethod": verification_method,
        "proofPurpose": "assertionMethod",
        "created": created.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    if "@context" in bare:
        proof["@context"] = bare["@context"]
    key = load_private(private_pem)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadSignature("proofs are made with Ed25519 keys", code="key-kind")
    proof["proofValue"] = "z" + base58.b58encode(key.sign(_hash(bare, proof))).decode()
    return bare | {"proof": proof}


def proof_method(document: Mapping[str, Any]) -> str | None:
    """Give the key that a document's proof claims to be made with; None if there is no such proof."""
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    return method if isinstance(method, str) else None


def proof_created(document: Mapping[str, Any]) -> datetime | None:
    """When a document's proof says that it was made; only what verify_proof() found good is to be believed."""
    proof = document.get("proof")
    return _moment(proof.get("created")) if isinstance(proof, dict) else None


def verify_proof(
    document: Mapping[str, Any] | bytes, public_multibase: str, *, now: datetime, owner: str | None = None
) -> bool:
    """Tell whether a document's proof is by this key; with `owner`, also whether the document is by that actor."""
    try:
        whole = read_strict(document) if isinstance(document, bytes) else dict(document)
        proof = whole.get("proof")
        key = load_public(public_multibase)
        if not isinstance(proof, dict) or not isinstance(key, Ed25519PublicKey):
            return False
        if not _is_proper(proof, now) or not _is_by(whole, proof, owner):
            return False
        bare = {name: value for name, value in whole.items() if name not in _OUTSIDE}
        if "@context" in proof:
            if not _is_prefix(proof["@context"], bare.get("@context")):
                return False
            bare["@context"] = proof["@context"]
        config = {name: value for name, value in proof.items() if name != "proofValue"}
        return is_signed(key, _signature(proof), _hash(bare, config))
    except (BadDocument, BadSignature, ValueError):
        return False


def _hash(document: dict[str, Any], config: dict[str, Any]) -> bytes:
    return hashlib.sha256(canonical(config)).digest() + hashlib.sha256(canonical(document)).digest()


def _signature(proof: Mapping[str, Any]) -> bytes:
    value = proof.get("proofValue")
    # 64 bytes are at most 88 characters of base58.
    if not isinstance(value, str) or not value.startswith("z") or len(value) > 90:
        raise BadSignature("the proof has no readable value", code="proof")
    return base58.b58decode(value[1:])


def _is_proper(proof: Mapping[str, Any], now: datetime) -> bool:
    if (proof.get("type"), proof.get("cryptosuite"), proof.get("proofPurpose")) != (
        "DataIntegrityProof",
        SUITE,
        "assertionMethod",
    ):
        return False
    created, expires = _moment(proof.get("created")), _moment(proof.get("expires"))
    if "created" not in proof or (created is not None and created > now + MAX_SKEW):
        return False
    return expires is None or now <= expires


def _moment(value: object) -> datetime | None:
    if value is None:
        return None
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise BadSignature("the proof has a malformed date", code="proof")
    return datetime.fromisoformat(value)


def _is_by(document: Mapping[str, Any], proof: Mapping[str, Any], owner: str | None) -> bool:
    """The key must live at the server of the document and of whoever the document says it is by."""
    method = proof.get("verificationMethod")
    if not isinstance(method, str):
        return False
    author = document.get("actor", document.get("attributedTo"))
    author_id = author.get("id") if isinstance(author, dict) else author
    if owner is not None and author_id != owner:
        return False
    for claimed in (author_id, document.get("id")):
        if claimed is not None and not (isinstance(claimed, str) and same_origin(claimed, method)):
            return False
    return True


def _is_prefix(start: object, whole: object) -> bool:
    return isinstance(start, list) and isinstance(whole, list) and whole[: len(start)] == start


def _with_proof_terms(context: object) -> list[object]:
    listed = list(context) if isinstance(context, list) else [context]
    if CONTEXT not in listed:
        place = next((index for index, part in enumerate(listed) if isinstance(part, dict)), len(listed))
        listed.insert(place, CONTEXT)
    return listed
