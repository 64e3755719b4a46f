"""The conversation: rooms, who is in them, what was said, and how to get in."""

from rooms.models.invite import Invite
from rooms.models.membership import Membership
from rooms.models.message import Message
from rooms.models.notepad import Notepad
from rooms.models.room import Room

__all__ = ["Invite", "Membership", "Message", "Notepad", "Room"]
