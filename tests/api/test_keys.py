import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)

from api.keys import KeysRefused, card_keys, demo_token_key, image_key


def _pem(
    key: Ed25519PrivateKey | rsa.RSAPrivateKey,
    encryption: KeySerializationEncryption | None = None,
) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_key_is_made_once_and_then_read(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    key = demo_token_key(data_dir)
    assert len(key) == 32
    assert demo_token_key(data_dir) == key
    assert image_key(data_dir) == image_key(data_dir) != key
    assert card_keys(data_dir).public_keys == card_keys(data_dir).public_keys


def test_keys_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        card_keys(tmp_path / "data")
        image_key(tmp_path / "data")
    finally:
        os.umask(before)
    assert _mode(tmp_path / "data") == 0o700
    assert _mode(tmp_path / "data" / "card_keys") == 0o700
    assert _mode(tmp_path / "data" / "image_key") == 0o600
    assert _mode(tmp_path / "data" / "card_keys" / "1.pem") == 0o600


def test_many_at_once_agree_on_one_key_and_leave_no_drafts(tmp_path: Path) -> None:
    start = threading.Barrier(8)
    found: list[tuple[bytes, bytes]] = []

    def work() -> None:
        start.wait()
        secret = image_key(tmp_path / "data")
        ring = card_keys(tmp_path / "data")
        found.append((secret, ring.public_keys[ring.kid].public_bytes_raw()))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1
    names = {path.name for path in (tmp_path / "data").rglob("*")}
    assert names == {"image_key", "card_keys", "1.pem"}


def test_the_card_key_with_the_highest_number_signs_and_all_verify(tmp_path: Path) -> None:
    first = card_keys(tmp_path)
    newer = Ed25519PrivateKey.generate()
    (tmp_path / "card_keys" / "10.pem").write_bytes(_pem(newer))
    (tmp_path / "card_keys" / "2.pem").write_bytes(_pem(Ed25519PrivateKey.generate()))
    ring = card_keys(tmp_path)
    assert first.kid == 1
    assert ring.kid == 10
    assert set(ring.public_keys) == {1, 2, 10}
    ring.public_keys[10].verify(ring.private_key.sign(b"code"), b"code")
    assert ring.public_keys[1] == first.public_keys[1]


def test_a_ring_without_key_1_makes_no_new_one(tmp_path: Path) -> None:
    (tmp_path / "card_keys").mkdir()
    (tmp_path / "card_keys" / "7.pem").write_bytes(_pem(Ed25519PrivateKey.generate()))
    assert set(card_keys(tmp_path).public_keys) == {7}


def test_a_key_is_not_in_the_words_of_its_value(tmp_path: Path) -> None:
    assert repr(card_keys(tmp_path)) == "CardKeys(kid=1)"


def test_a_key_of_another_length_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "image_key").write_bytes(b"short")
    with pytest.raises(KeysRefused, match="image_key: has 5 bytes") as refused:
        image_key(tmp_path)
    assert refused.value.path == tmp_path / "image_key"
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a private key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "not a private key"),
        (
            _pem(Ed25519PrivateKey.generate(), BestAvailableEncryption(b"secret")),
            "without a password",
        ),
        (_pem(rsa.generate_private_key(65537, 2048)), "another kind than Ed25519"),
    ],
)
def test_a_broken_card_key_is_refused_by_name(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "card_keys").mkdir()
    (tmp_path / "card_keys" / "3.pem").write_bytes(content)
    with pytest.raises(KeysRefused, match=rf"3\.pem: .*{reason}") as refused:
        card_keys(tmp_path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", ["0.pem", "256.pem", "01.pem", "old.pem"])
def test_a_card_key_whose_name_is_no_key_id_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "card_keys").mkdir()
    (tmp_path / "card_keys" / name).write_bytes(_pem(Ed25519PrivateKey.generate()))
    with pytest.raises(KeysRefused, match="from 1 to 255"):
        card_keys(tmp_path)


def test_a_key_file_that_cannot_be_read_is_refused_and_kept(tmp_path: Path) -> None:
    (tmp_path / "image_key").mkdir()
    (tmp_path / "demo_token_key").symlink_to(tmp_path / "nowhere")
    with pytest.raises(KeysRefused, match="image_key: cannot be used"):
        image_key(tmp_path)
    with pytest.raises(KeysRefused, match="demo_token_key: cannot be used"):
        demo_token_key(tmp_path)
    assert (tmp_path / "demo_token_key").is_symlink()


def test_a_file_in_the_place_of_the_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(KeysRefused, match="data"):
        image_key(tmp_path / "data")
    with pytest.raises(KeysRefused, match="data"):
        card_keys(tmp_path / "data")
