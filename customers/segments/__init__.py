"""A rule in, the customers that match out; leaves `SegmentVersion`, `SegmentMember` and `SegmentChange`.

JSON → `parsing` → `rule` → `compiling` → SQL → `counting`, `membership`, `explaining`; `sentences` says it in words.
"""
