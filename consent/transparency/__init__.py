"""The public page of a tenant: made from the register, published in permanent versions, held against what is really enabled."""
