"""The log of what customers allow, which proves itself: appending, the tree, checkpoints, verifying (docs/verify.md)."""
