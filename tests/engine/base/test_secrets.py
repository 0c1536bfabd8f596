"""Secrets are sealed to their row, and the key file is private."""

import base64
import os
import stat
from pathlib import Path

import pytest

from engine.base.secrets import Vault, VaultError
from engine.base.settings import Settings

KEY = bytes(range(32))


def test_what_is_sealed_opens_again_and_never_looks_the_same_twice() -> None:
    vault = Vault(KEY)
    first, second = (
        vault.seal(b"hunter2", "connection", "p", "c"),
        vault.seal(b"hunter2", "connection", "p", "c"),
    )
    assert first != second
    assert b"hunter2" not in first
    assert (
        vault.open(first, "connection", "p", "c") == vault.open(second, "connection", "p", "c") == b"hunter2"
    )


@pytest.mark.parametrize(
    "context",
    [("connection", "p", "d"), ("connection", "q", "c"), ("other", "p", "c"), ("connection", "pc"), ()],
)
def test_a_record_moved_to_another_row_does_not_open(context: tuple[str, ...]) -> None:
    vault = Vault(KEY)
    with pytest.raises(VaultError, match="changed or moved"):
        vault.open(vault.seal(b"x", "connection", "p", "c"), *context)


def test_every_changed_byte_is_noticed() -> None:
    vault = Vault(KEY)
    sealed = vault.seal(b"hunter2", "p")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(VaultError) as raised:
            vault.open(bytes(changed), "p")
        assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("length", [0, 1, 5, 16, 17, 20])
def test_a_cut_record_is_refused(length: int) -> None:
    with pytest.raises(VaultError):
        Vault(KEY).open(Vault(KEY).seal(b"x")[:length])


def test_another_key_is_named_as_the_cause() -> None:
    with pytest.raises(VaultError, match="another key"):
        Vault(bytes(32)).open(Vault(KEY).seal(b"x"))


def test_a_vault_shows_nothing_of_its_key() -> None:
    shown = repr(Vault(KEY))
    assert KEY.hex() not in shown and base64.b64encode(KEY).decode() not in shown


# -- where the key comes from ---------------------------------------------------------------------


def test_the_key_file_is_made_once_and_readable_only_by_its_owner(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        sealed = Vault.from_settings(Settings(data_dir=tmp_path / "data")).seal(b"x")
    finally:
        os.umask(before)
    path = tmp_path / "data" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert Vault.from_settings(Settings(data_dir=tmp_path / "data")).open(sealed) == b"x"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    Vault.from_settings(Settings(data_dir=tmp_path))
    (tmp_path / "secret.key").chmod(mode)
    with pytest.raises(VaultError, match="chmod 600"):
        Vault.from_settings(Settings(data_dir=tmp_path))


@pytest.mark.parametrize("content", [b"", b"not base64!", base64.b64encode(b"short"), b"\xff\xfe"])
def test_a_broken_key_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "secret.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(VaultError):
        Vault.from_settings(Settings(data_dir=tmp_path))
    assert path.read_bytes() == content


def test_the_key_of_the_settings_comes_before_the_file(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret_key=base64.b64encode(KEY).decode())
    assert Vault(KEY).open(Vault.from_settings(settings).seal(b"x")) == b"x"
    assert not (tmp_path / "secret.key").exists()


@pytest.mark.parametrize("key", ["x", "%%hidden%%", base64.b64encode(bytes(31)).decode()])
def test_a_key_of_the_wrong_form_is_refused_without_repeating_it(tmp_path: Path, key: str) -> None:
    with pytest.raises(VaultError, match="SWITCHYARD_SECRET_KEY") as raised:
        Vault.from_settings(Settings(data_dir=tmp_path, secret_key=key))
    assert len(key) < 5 or key not in str(raised.value)
