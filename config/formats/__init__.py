"""How dates and numbers are written, a language each."""
