"""How much is taken in at once. The documentation page shows these figures; leaves no row."""

BATCH_BYTES = 500_000  # a request's body, after decompression
ITEM_BYTES = 32_000  # one item, as JSON
KEY_LENGTH = 80  # of a write key
BACKLOG_BYTES = 2_000_000_000  # in the inbox of a tenant, not yet taken out
BACKLOG_BATCHES = 200_000
BACKLOG_LOOK = 2.0  # seconds between two looks at a tenant's inbox, in each process
CALLS = 20_000  # requests of one source in each process…
CALLS_WINDOW = 10.0  # …in so many seconds
RETRY_AFTER = 5  # seconds, said with 429
DEEPEST = 32  # levels of objects and arrays in an item
