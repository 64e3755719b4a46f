"""Markdown, as people and the assistant write it, turned into safe HTML, plain text and the handles that it calls."""

from rooms.markup.documents import RENDERER, blocks, cited_seqs, mentioned_handles, plain, render, visible_text
from rooms.markup.html import Citation, Mention

__all__ = [
    "RENDERER",
    "Citation",
    "Mention",
    "blocks",
    "cited_seqs",
    "mentioned_handles",
    "plain",
    "render",
    "visible_text",
]
