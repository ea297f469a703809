"""The views of this room, a file a subject."""
