"""Markdown, as people and the assistant write it, turned into safe HTML, plain text and the handles that it calls."""

from rooms.markup.documents import RENDERER, blocks, mentioned_handles, plain, render, visible_text
from rooms.markup.html import Mention

__all__ = ["RENDERER", "Mention", "blocks", "mentioned_handles", "plain", "render", "visible_text"]
