"""What is delivered is signed so that anybody's verifier accepts it."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError

from engine.base import clock
from engine.destinations import signing
from engine.destinations.signing import SigningKey
from engine.signatures import SignatureError, verify

BODY = b'{"action":"flow.published","data":{"x":"\xc3\xa9"}}'
NOW = int(clock.now())
VECTORS = json.loads((Path(__file__).parents[2] / "data" / "vectors" / "standard_webhooks.json").read_text())


def _entries(headers: dict[str, str]) -> list[str]:
    return headers["webhook-signature"].split()


def test_the_published_library_accepts_it() -> None:
    keys = signing.new_keys()
    headers = signing.headers(keys, "evt_1", int(clock.now()), BODY)  # it reads the clock itself
    assert Webhook(keys[0].v1).verify(BODY, headers) == json.loads(BODY)
    with pytest.raises(WebhookVerificationError):
        Webhook(keys[0].v1).verify(BODY + b" ", headers)


def test_our_own_verifier_accepts_it_by_either_key() -> None:
    keys = signing.new_keys()
    headers = signing.headers(keys, "evt_1", NOW, BODY)
    for secret in (keys[0].v1, keys[0].v1a_public):
        verify("standard_webhooks", secret, headers, BODY, now=NOW)
        with pytest.raises(SignatureError):
            verify("standard_webhooks", secret, headers, BODY, now=NOW + 301)


def test_the_public_key_as_jwk_verifies_the_v1a_entry() -> None:
    keys = signing.new_keys()
    headers = signing.headers(keys, "evt_1", NOW, BODY)
    (known,) = signing.public_keys(keys)["keys"]
    assert (known["kty"], known["crv"], known["alg"], known["use"]) == ("OKP", "Ed25519", "EdDSA", "sig")
    public = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(known["x"] + "="))
    signature = base64.b64decode(_entries(headers)[1].removeprefix("v1a,"))
    public.verify(signature, b"evt_1.%d.%b" % (NOW, BODY))
    with pytest.raises(InvalidSignature):
        public.verify(signature, b"evt_2.%d.%b" % (NOW, BODY))
    assert "whsk_" not in json.dumps(signing.public_keys(keys)) and "whsec_" not in json.dumps(
        signing.public_keys(keys)
    )


@pytest.mark.parametrize("name", ["sym-1", "asym-1"])
def test_the_published_vectors_come_out(name: str) -> None:
    case: dict[str, Any] = next(one for one in VECTORS["published"] if one["id"] == name)
    kind = "v1a_private" if name.startswith("asym") else "v1"
    fresh = signing.new_keys()[0]
    key = SigningKey(**{"v1": fresh.v1, "v1a_private": fresh.v1a_private, kind: _key(case)})
    made = signing.headers([key], case["msg_id"], int(case["timestamp"]), case["payload"].encode())
    assert case["signature"] in _entries(made)


def _key(case: dict[str, Any]) -> str:
    return str(case.get("private_key") or case.get("secret"))


def test_while_one_key_replaces_another_both_sign() -> None:
    old = signing.new_keys()
    both = signing.rotate(old)
    now = int(clock.now())  # the published library reads the clock itself
    headers = signing.headers(both, "evt_1", now, BODY)
    assert len(_entries(headers)) == 4
    for secret in (old[0].v1, both[0].v1):
        Webhook(secret).verify(BODY, headers)
    for key in (old[0], both[0]):
        verify("standard_webhooks", key.v1a_public, headers, BODY, now=now)


def test_the_overlap_ends() -> None:
    old = signing.new_keys()
    both = signing.rotate(old, overlap_h=24, now=NOW)
    assert len(signing.in_force(both, NOW + 23 * 3600)) == 2
    assert [key.v1 for key in signing.in_force(both, NOW + 25 * 3600)] == [both[0].v1]
    later = signing.headers(both, "evt_1", NOW + 25 * 3600, BODY)
    assert len(_entries(later)) == 2
    with pytest.raises(SignatureError):
        verify("standard_webhooks", old[0].v1, later, BODY, now=NOW + 25 * 3600)


def test_a_key_that_is_out_can_be_put_out_at_once() -> None:
    (only,) = signing.rotate(signing.new_keys(), overlap_h=0)
    assert only.until is None


def test_turning_keys_often_does_not_lengthen_an_old_one_s_life_and_is_bounded() -> None:
    keys = signing.rotate(signing.new_keys(), now=NOW)
    again = signing.rotate(keys, now=NOW + 3600)
    assert again[2].until == keys[1].until
    for _ in range(30):
        again = signing.rotate(again, now=NOW + 3600)
    assert len(again) == signing.MOST_KEYS


def test_keys_survive_the_vault_and_do_not_show() -> None:
    keys = signing.rotate(signing.new_keys())
    assert signing.from_json(signing.to_json(keys)) == keys
    assert "whsec_" not in repr(keys) and "whsk_" not in repr(keys)
