"""The register of purposes: drafted, checked for completeness, published in immutable versions, and turned into the Art. 30 record."""
