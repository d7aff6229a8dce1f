"""The one exception that a user is meant to read."""


class FreqbenchError(Exception):
    """An error in the user's input, data or machine, with a message that says what to do about it.

    The command line prints the message on one line, without a traceback, and exits with status 2.
    Every message names the file or configuration key, says what is wrong, and what would be right.
    """
