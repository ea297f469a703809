"""What customers may ask under Art. 15 to 22 GDPR, and how it is done: requests, packages, corrections, erasure."""
