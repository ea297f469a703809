"""The addresses of this room: behind the wall, and where sources hand in."""
