"""A CSV file in, customers, events or members of a segment out: looking, reading, mapping, checking, running. Leaves an `Import`."""
