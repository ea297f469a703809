"""The addresses of this room: people (no tenant), the organisation (behind the wall), the API."""
