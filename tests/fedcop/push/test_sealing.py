"""Messages are sealed to the letter of the RFC, and what is no key is none."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fedcop.push import sealing
from fedcop.push.devices import words_of
from tests.rig.pushservice import Device, coded, raw

# RFC 8291, section 5 and appendix A.
SAID = b"When I grow up, I want to be a watermelon"
OURS = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
DEVICE = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
SECRET = "BTBZMqHH6r4Tts7J_aSIgg"
SALT = "DGv6ra1nlYgDCS1FRnbzlw"
BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml"
    "mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT"
    "pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def private(text: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(raw(text), "big"), ec.SECP256R1())


def test_the_example_of_the_rfc_comes_out_letter_for_letter() -> None:
    device = Device(private=private(DEVICE), secret=raw(SECRET))
    sealed = sealing.seal(SAID, coded(device.point), SECRET, salt=raw(SALT), ours=private(OURS))
    assert coded(sealed.body) == BODY and sealed.parameters == {}
    assert device.open(sealed.headers, sealed.body) == SAID


def test_older_apps_read_the_draft_and_no_two_messages_are_sealed_alike() -> None:
    device = Device()
    made = [sealing.seal(SAID, coded(device.point), coded(device.secret), sealing.LEGACY) for _time in range(2)]
    assert made[0].body != made[1].body
    for one in made:
        headers = {**one.headers, "Crypto-Key": f"dh={one.parameters['dh']}"}
        assert device.open(headers, one.body) == SAID
    with pytest.raises(ValueError):
        sealing.seal(b"x" * 3001, coded(device.point), coded(device.secret))


def test_keys_are_points_of_the_curve_in_either_alphabet() -> None:
    device = Device(private=private(DEVICE))
    text = coded(device.point)
    assert sealing.read_key(text) == sealing.read_key(text.replace("-", "+").replace("_", "/") + "=") == text
    off = coded(device.point[:-1] + bytes([device.point[-1] ^ 1]))
    for wrong in ("", "é", text[:-4], text + "AAAA", off, "*" * 87):
        assert sealing.read_key(wrong) is None
    assert sealing.read_secret(SECRET + "==") == SECRET
    assert sealing.read_secret(SECRET[:-2]) is None and sealing.read_secret("") is None


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("Mozilla/5.0 (Android 15; Mobile; rv:142.0) Gecko/142.0 Firefox/142.0", "Firefox, Android"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0 Safari/537.36 Edg/139.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", ""),
    ],
)
def test_a_device_is_named_by_browser_and_system(said: str, words: str) -> None:
    assert words_of(said) == words
