"""What a push is in the words of FCM, with the options of Android, Apple and the web."""

import hashlib

from firebase_admin import messaging

from notifications.payload import fitting, room_for_texts
from notifications.sender import Push

COLLAPSE_ID_BYTES_MAX = 64
"""Apple refuses a longer apns-collapse-id."""

TOPIC_CHARACTERS_MAX = 32
"""Web push (RFC 8030, 5.4) takes no longer topic, which is its collapse key."""


def fcm_message(push: Push) -> messaging.Message:
    """Make the message. Raises ValueError where its data leaves no room for the texts.

    Android gets no `click_action`: an app without a filter of that name would open nothing. It
    finds the link in the data, as all apps do.
    """
    data = {**push.data, "nudge_id": push.nudge_id}
    link, image = data.get("link", ""), push.image or ""
    title, body = fitting(
        push.title, push.body, room_bytes=room_for_texts(data, image, link, push.category)
    )
    collapse_id = _collapse_id(push.collapse_key)
    message = messaging.Message(
        fid=push.address if push.address_kind == "fid" else None,
        notification=messaging.Notification(title=title, body=body, image=push.image),
        data=data,
        android=messaging.AndroidConfig(
            collapse_key=collapse_id,
            ttl=push.ttl_s,
            notification=messaging.AndroidNotification(
                tag=collapse_id, notification_count=push.badge
            ),
        ),
        apns=_for_apple(push, collapse_id),
        webpush=messaging.WebpushConfig(
            headers={"TTL": str(push.ttl_s), "Topic": collapse_id[:TOPIC_CHARACTERS_MAX]},
            # The client refuses any other address.
            fcm_options=messaging.WebpushFCMOptions(link=link)
            if link.startswith("https://")
            else None,
        ),
    )
    if push.address_kind == "token":
        # Set here because the constructor warns that tokens give way to installation ids. Phones
        # still register with tokens, and a warnings filter would change the whole process.
        message.token = push.address
    return message


def _for_apple(push: Push, collapse_id: str) -> messaging.APNSConfig:
    headers = {"apns-collapse-id": collapse_id}
    if push.expires_at is not None:
        headers["apns-expiration"] = str(int(push.expires_at.timestamp()))
    aps = messaging.Aps(
        badge=push.badge,
        category=push.category or None,
        # Only then does the phone ask the app for the picture before it shows the message.
        mutable_content=True if push.image else None,
    )
    return messaging.APNSConfig(headers=headers, payload=messaging.APNSPayload(aps))


def _collapse_id(key: str) -> str:
    """A key as it is where every service takes it, else its hash."""
    if key.isascii() and len(key) <= COLLAPSE_ID_BYTES_MAX:
        return key
    return hashlib.sha256(key.encode()).hexdigest()
