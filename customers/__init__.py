"""What we know of a person, and which persons match. Calls accounts; is called by consent and campaigns."""
