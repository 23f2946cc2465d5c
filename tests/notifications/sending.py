"""A push, a sender's life, and a service account, each in one line for tests."""

import asyncio
import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from notifications.firebase import FirebaseSender
from notifications.sender import Outcome, Push

PROJECT = "demo-regulars"
EMAIL = f"regulars@{PROJECT}.iam.gserviceaccount.com"

PUSH = Push(
    nudge_id="n1",
    device_id="d1",
    address_kind="fid",
    address="phone",
    title="Almost there",
    body="3 more points",
    data={"link": "rewards", "nudge_id": "not this one"},
    collapse_key="near_reward",
    ttl_s=3600,
    badge=3,
    category="reward",
)


def send(app: Any, *pushes: Push) -> Sequence[Outcome]:
    """Send with a new sender over the app, and close it."""

    async def run() -> Sequence[Outcome]:
        sender = FirebaseSender(app)
        try:
            return await sender.send(pushes)
        finally:
            await sender.close()

    return asyncio.run(run())


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_pem(key: rsa.RSAPrivateKey) -> str:
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def account_file(folder: Path, key: rsa.RSAPrivateKey, token_url: str, **changes: str) -> Path:
    """Write a service account's file, as Firebase gives it."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    account = {
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": "1",
        "private_key": pem.decode(),
        "client_email": EMAIL,
        "token_uri": token_url,
        **changes,
    }
    path = folder / "account.json"
    path.write_text(json.dumps(account), encoding="utf-8")
    return path


def unused_url() -> str:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
