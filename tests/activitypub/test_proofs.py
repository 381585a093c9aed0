"""FEP-8b32 proofs: the FEP's own example, what we make, and every way of bending a document that has one."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import base58
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activitypub.errors import BadSignature
from activitypub.signatures import add_proof, generate_ed25519, multikey, proof_method, verify_proof
from activitypub.signatures.proofs import CONTEXT
from tests.activitypub.signing import pair

# The example of FEP-8b32: facts of the protocol.
SECRET = base58.b58decode("3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")[2:]
PUBLIC = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2"
VALUE = "z42ffGu6AUKPCFcFPiabmUvnGLPJzC7e4DGWC52NUasSSH37UMa9c58tdgVszUcZfytxa4fQ5TYHaJENCxUDe9SdL"
ALICE = "https://server.example/users/alice"
METHOD = f"{ALICE}#ed25519-key"
CREATED = datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC)
CONTEXTS = ["https://www.w3.org/ns/activitystreams", CONTEXT]
DOCUMENT = {
    "@context": CONTEXTS,
    "id": "https://server.example/activities/1",
    "type": "Create",
    "actor": ALICE,
    "object": {
        "id": "https://server.example/objects/1",
        "type": "Note",
        "attributedTo": ALICE,
        "content": "Hello world",
        "location": {"type": "Place", "longitude": -71.184902, "latitude": 25.273962},
    },
}


def private_pem() -> str:
    key = Ed25519PrivateKey.from_private_bytes(SECRET)
    assert multikey(key.public_key()) == PUBLIC
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def proven(document=DOCUMENT) -> dict:
    return add_proof(document, private_pem=private_pem(), verification_method=METHOD, created=CREATED)


def test_the_example_of_the_fep_is_what_we_make():
    made = proven()
    assert made["proof"] == {
        "@context": CONTEXTS,
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
        "proofValue": VALUE,
        "created": "2023-02-24T23:36:38Z",
    }
    assert "proof" not in DOCUMENT


def test_the_example_of_the_fep_verifies():
    document = proven()
    assert proof_method(document) == METHOD
    assert verify_proof(document, PUBLIC, now=CREATED)
    assert verify_proof(document, PUBLIC, now=CREATED + timedelta(days=3650), owner=ALICE)
    assert verify_proof(json.dumps(document).encode(), PUBLIC, now=CREATED)
    assert verify_proof(json.dumps(document, indent=2, ensure_ascii=False).encode(), PUBLIC, now=CREATED)


def test_a_proof_survives_being_wrapped_and_a_later_signature():
    document = proven()
    announce = {"@context": CONTEXTS, "type": "Announce", "object": document}
    inner = json.loads(json.dumps(announce))["object"]
    assert verify_proof(inner, PUBLIC, now=CREATED)
    assert verify_proof(inner | {"signature": {"type": "RsaSignature2017"}}, PUBLIC, now=CREATED)


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ("https://www.w3.org/ns/activitystreams", CONTEXTS),
        (CONTEXTS[:1], CONTEXTS),
        (
            [CONTEXTS[0], {"fc": "https://fedcop.example/ns#"}],
            [*CONTEXTS, {"fc": "https://fedcop.example/ns#"}],
        ),
    ],
)
def test_the_context_becomes_a_list_that_knows_proofs(context, expected):
    made = proven(DOCUMENT | {"@context": context})
    assert made["@context"] == made["proof"]["@context"] == expected
    assert verify_proof(made, PUBLIC, now=CREATED)


def test_a_document_without_context_has_a_proof_without_one():
    bare = {name: value for name, value in DOCUMENT.items() if name != "@context"}
    made = proven(bare)
    assert "@context" not in made["proof"] and "@context" not in made
    assert verify_proof(made, PUBLIC, now=CREATED)


def test_an_old_proof_is_replaced():
    assert proven(proven()) == proven()


def test_other_kinds_of_keys_make_no_proof():
    with pytest.raises(BadSignature):
        add_proof(DOCUMENT, private_pem=pair("somebody")[0], verification_method=METHOD, created=CREATED)
    assert not verify_proof(proven(), pair("somebody")[1], now=CREATED)
    assert not verify_proof(proven(), generate_ed25519()[1], now=CREATED)
    assert not verify_proof(proven(), "no key", now=CREATED)


def bent(**changes) -> dict:
    document = deepcopy(proven())
    document["proof"] |= changes
    return document


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "RsaSignature2017"},
        {"type": ["DataIntegrityProof"]},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"cryptosuite": None},
        {"proofPurpose": "authentication"},
        {"verificationMethod": f"{ALICE}#other-key"},
        {"verificationMethod": "https://evil.example/u/eve#key"},
        {"verificationMethod": 12},
        {"verificationMethod": None},
        {"created": "2023-02-24T23:36:39Z"},
        {"created": "soon"},
        {"created": 1677281798},
        {"created": None},
        {"expires": "2023-02-24T23:36:37Z"},
        {"expires": "2033-02-24T23:36:37Z"},
        {"expires": "2033-02-24"},
        {"proofValue": None},
        {"proofValue": ""},
        {"proofValue": VALUE[1:]},
        {"proofValue": VALUE[:-1]},
        {"proofValue": VALUE + "1"},
        {"proofValue": "z" + "1" * 5000},
        {"proofValue": "z0OIl"},
        {"proofValue": [VALUE]},
        {"extra": 1},
        {"@context": CONTEXTS[0]},
        {"@context": CONTEXTS[:1]},
        {"@context": CONTEXTS[::-1]},
        {"@context": [*CONTEXTS, "https://evil.example/ns"]},
    ],
)
def test_a_bent_proof_does_not_verify(changes):
    assert not verify_proof(bent(**changes), PUBLIC, now=CREATED)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(type="Delete"),
        lambda d: d.update(to=["https://www.w3.org/ns/activitystreams#Public"]),
        lambda d: d["object"].update(content="Hello moon"),
        lambda d: d["object"].update(extra=None),
        lambda d: d["object"].pop("location"),
        lambda d: d.update(actor="https://server.example/users/eve"),
        lambda d: d.update({"@context": CONTEXTS[0]}),
        lambda d: d.update({"@context": [*CONTEXTS[:1], "https://evil.example/ns"]}),
        lambda d: d.pop("@context"),
        lambda d: d.update(proof=[d["proof"]]),
        lambda d: d.update(proof="x"),
        lambda d: d.pop("proof"),
        lambda d: d["object"].update(n=2**53),
        lambda d: d["object"].update(n=float("nan")),
        lambda d: d["object"].update(n="\ud800"),
        lambda d: d.update({"\ud800": 1}),
        lambda d: d.update(id="https://other.example/activities/1"),
        lambda d: d.update(id=["x"]),
        lambda d: d.update(actor=[ALICE]),
    ],
)
def test_b26_a_changed_document_does_not_verify(change):  # B26
    document = deepcopy(proven())
    change(document)
    assert not verify_proof(document, PUBLIC, now=CREATED)


def test_contexts_may_be_added_behind_those_of_the_proof():
    document = proven() | {"@context": [*CONTEXTS, {"fc": "https://fedcop.example/ns#"}]}
    assert verify_proof(document, PUBLIC, now=CREATED)


def test_b27_the_key_must_live_with_the_author_and_may_have_to_be_the_authors():  # B27
    eve = "https://evil.example/u/eve"
    private, public = generate_ed25519()
    grafted = add_proof(DOCUMENT, private_pem=private, verification_method=f"{eve}#key", created=CREATED)
    assert not verify_proof(grafted, public, now=CREATED)
    neighbour = add_proof(
        DOCUMENT, private_pem=private, verification_method="https://server.example/u/bob#k", created=CREATED
    )
    assert verify_proof(neighbour, public, now=CREATED)
    assert not verify_proof(neighbour, public, now=CREATED, owner="https://server.example/u/bob")


def test_objects_have_proofs_too():
    made = proven(DOCUMENT["object"])
    assert verify_proof(made, PUBLIC, now=CREATED, owner=ALICE)
    embedded = proven(DOCUMENT | {"actor": {"id": ALICE, "type": "Person"}})
    assert verify_proof(embedded, PUBLIC, now=CREATED, owner=ALICE)


def test_a_proof_from_the_future_does_not_verify():
    assert verify_proof(proven(), PUBLIC, now=CREATED - timedelta(minutes=50))
    assert not verify_proof(proven(), PUBLIC, now=CREATED - timedelta(hours=2))


def test_b29_bytes_are_read_strictly():  # B29
    data = json.dumps(proven()).encode()
    assert not verify_proof(
        data.replace(b'"type": "Create"', b'"type": "Delete", "type": "Create"'), PUBLIC, now=CREATED
    )
    assert not verify_proof(b"[" * 100_000, PUBLIC, now=CREATED)
    assert not verify_proof(b"[]", PUBLIC, now=CREATED)
    deep: dict = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert not verify_proof(proven() | {"deep": deep}, PUBLIC, now=CREATED)


@pytest.mark.parametrize(
    "document", [{}, {"proof": None}, {"proof": []}, {"proof": {}}, {"proof": {"verificationMethod": 1}}]
)
def test_no_proof_names_no_method(document):
    assert proof_method(document) is None
    assert not verify_proof(document, PUBLIC, now=CREATED)
