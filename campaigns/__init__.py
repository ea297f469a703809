"""What we say, when, by which channel, and how it went. Calls consent, customers and accounts."""
