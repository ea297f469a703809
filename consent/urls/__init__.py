"""The addresses of this room: behind the wall, and those that customers open."""
