"""What a user can cause goes in, one or two clear sentences come out; never a traceback."""


class CannotStart(Exception):
    """Portret cannot start or go on; the message says why and what to do."""


class Interrupted(Exception):
    """Somebody asked us to stop (Ctrl-C or SIGTERM) while something was being started."""
