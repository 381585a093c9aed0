"""Signatures on HTTP requests, in the two forms that are in use, and integrity proofs on documents."""

from collections.abc import Mapping
from datetime import datetime

from activitypub import mime
from activitypub.signatures import cavage, rfc9421
from activitypub.signatures.digest import make_content_digest, make_digest
from activitypub.signatures.keys import (
    generate_ed25519,
    generate_rsa,
    load_private,
    load_public,
    multikey,
    public_of,
    public_pem,
)
from activitypub.signatures.proofs import add_proof, proof_created, proof_method, verify_proof
from activitypub.signatures.request import Scheme, SignedRequest, Signer, http_date
from activitypub.signatures.rfc9421 import Wish, accept_signature, read_wish
from activitypub.uris import split

__all__ = [
    "Scheme",
    "SignedRequest",
    "Signer",
    "Wish",
    "accept_signature",
    "add_proof",
    "generate_ed25519",
    "generate_rsa",
    "load_private",
    "load_public",
    "multikey",
    "proof_created",
    "proof_method",
    "public_of",
    "public_pem",
    "read_wish",
    "sign_request",
    "verify_proof",
]


def sign_request(
    method: str,
    url: str,
    body: bytes | None,
    signer: Signer,
    scheme: Scheme,
    now: datetime,
    *,
    content_type: str = mime.ACTIVITY_JSON,
    wish: Wish | None = None,
) -> dict[str, str]:
    """Give all headers to send with a signed request; `wish` is what the other server asked to be covered."""
    parts = split(url)
    headers = {"Host": parts.authority, "Date": http_date(now)}
    if body is not None:
        headers["Digest"] = make_digest(body)
        headers["Content-Digest"] = make_content_digest(body)
        headers["Content-Type"] = content_type
    key = load_private(signer.private_pem)
    if scheme is Scheme.CAVAGE:
        covered = _chosen(headers, ("host", "date", "digest", "content-type"))
        headers["Signature"] = cavage.sign(method, parts.target, covered, key_id=signer.key_id, key=key)
        return headers
    if wish is None:
        wish = Wish(("@method", "@target-uri") + (("content-digest",) if body is not None else ()))
    wire_url = parts.origin + parts.target
    headers |= rfc9421.sign(method, wire_url, headers, key_id=signer.key_id, key=key, now=now, wish=wish)
    return headers


def _chosen(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    lower = {name.lower(): value for name, value in headers.items()}
    return {name: lower[name] for name in names if name in lower}
