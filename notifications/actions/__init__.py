"""One use case of devices and consents per file."""
