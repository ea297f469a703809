"""The REST API of this room: how a key gets in, and what it finds."""
