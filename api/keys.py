"""The secrets of an installation: files in its data folder, each made on first use.

    demo_token_key       32 random bytes   signs demo tokens (HS256)
    image_key            32 random bytes   signs addresses of card drawings (HMAC)
    card_keys/<kid>.pem  Ed25519, PKCS8    sign card codes; kid is 1 to 255, the highest one signs

A further card key is one more file with the next number; processes read the ring at their start.
"""

import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

SECRET_BYTES = 32
"""The output of SHA-256, below which RFC 2104 and RFC 7518 advise against a key."""

KID_FIRST = 1
KID_MAX = 255
"""A card code names its key in one byte; zero is left for "none"."""

_KID = re.compile(r"[1-9][0-9]{0,2}")


class KeysRefused(Exception):  # noqa: N818 -- says what happened, as `Refusal` does
    """A key cannot be used; the message is one line that names the file."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class CardKeys:
    """The key that signs card codes, under its id, and all that verify them, this one included."""

    kid: int
    private_key: Ed25519PrivateKey = field(repr=False)
    public_keys: Mapping[int, Ed25519PublicKey] = field(repr=False)


def demo_token_key(data_dir: Path) -> bytes:
    """Give the 32 bytes that sign demo tokens. Raises KeysRefused."""
    return _secret(data_dir / "demo_token_key")


def image_key(data_dir: Path) -> bytes:
    """Give the 32 bytes that sign addresses of card drawings. Raises KeysRefused."""
    return _secret(data_dir / "image_key")


def card_keys(data_dir: Path) -> CardKeys:
    """Give the ring of card keys, with a first one where there is none. Raises KeysRefused."""
    folder = data_dir / "card_keys"
    paths = _ring(folder)
    if not paths:
        _make_folder(data_dir)
        _make_folder(folder)
        _create(folder / f"{KID_FIRST}.pem", _new_card_key())
        paths = _ring(folder)
    keys = {kid: _card_key(path) for kid, path in paths.items()}
    kid = max(keys)
    return CardKeys(
        kid=kid,
        private_key=keys[kid],
        public_keys={number: key.public_key() for number, key in keys.items()},
    )


def _secret(path: Path) -> bytes:
    try:
        secret = path.read_bytes()
    except FileNotFoundError:
        _make_folder(path.parent)
        _create(path, os.urandom(SECRET_BYTES))
        secret = _read(path)
    except OSError as error:
        raise KeysRefused(path, _words_of(error)) from None
    if len(secret) != SECRET_BYTES:
        raise KeysRefused(path, f"has {len(secret)} bytes, where a key has {SECRET_BYTES}")
    return secret


def _ring(folder: Path) -> dict[int, Path]:
    """Give the files of the ring by key id; a folder that is not there has none."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".pem")
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise KeysRefused(folder, _words_of(error)) from None
    for path in paths:
        if not _KID.fullmatch(path.stem) or int(path.stem) > KID_MAX:
            raise KeysRefused(path, f"is not named by a number from {KID_FIRST} to {KID_MAX}")
    return {int(path.stem): path for path in paths}


def _card_key(path: Path) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):  # TypeError: it has a password
        raise KeysRefused(path, "is not a private key in PEM without a password") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise KeysRefused(path, "is a key of another kind than Ed25519")
    return key


def _new_card_key() -> bytes:
    key = Ed25519PrivateKey.generate()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeysRefused(path, _words_of(error)) from None


def _create(path: Path, content: bytes) -> None:
    """Write a new file whole, or leave the one that another process was faster to write.

    The file gets its name only when its bytes are on the disk: a crash leaves no half a key, and
    `link`, unlike a rename, never takes the place of a key already in use.
    """
    draft = path.with_name(f".{path.name}.{os.urandom(8).hex()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            draft.unlink(missing_ok=True)
        _sync_folder(path.parent)
    except OSError as error:
        raise KeysRefused(path, _words_of(error)) from None


def _make_folder(path: Path) -> None:
    """Make a folder for its owner alone; one that is there already keeps its mode."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise KeysRefused(path, _words_of(error)) from None


def _sync_folder(folder: Path) -> None:
    """See to it that a power cut does not take the new name away again."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _words_of(error: OSError) -> str:
    return f"cannot be used: {error.strerror or type(error).__name__}"
