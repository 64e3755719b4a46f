"""Why `up` ends before it is told to, or while it is still starting."""


class Refused(Exception):
    """Something that only the person at the keyboard can put right; its text is the sentence that says how."""


class Stopped(Exception):
    """Somebody asked to stop while the start was still going on."""
