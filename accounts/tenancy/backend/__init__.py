"""PostgreSQL as Django knows it, with the guard of the wall in front of every statement."""
