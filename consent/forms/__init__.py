"""The forms of this room, a file a subject."""
