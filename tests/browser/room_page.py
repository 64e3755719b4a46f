"""A room as somebody sees it, found by roles and names alone."""

import re

from playwright.sync_api import Locator, Page


class RoomPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.log = page.get_by_role("log", name="Messages")
        self.articles = self.log.get_by_role("article")
        self.field = page.get_by_role("textbox", name="Message", exact=True)
        self.send = page.get_by_role("button", name="Send", exact=True)
        self.rooms = page.get_by_role("navigation", name="Rooms")
        # What the assistant says is labelled; that it joined is not.
        self.answers = self.articles.filter(has=page.get_by_text("AI", exact=True))
        self.newest = self.log.get_by_role("button", name=re.compile("newest|new message"))

    def say(self, text: str) -> None:
        self.field.fill(text)
        self.send.click()

    def message(self, text: str) -> Locator:
        return self.articles.filter(has_text=text)

    def answer(self, number: int = 1) -> Locator:
        """What the assistant has written in its first, second … answer."""
        return body(self.answers.nth(number - 1))

    def link(self, room_name: str) -> Locator:
        """Of a room in the list."""
        return self.rooms.get_by_title(room_name, exact=True)

    def room_names(self) -> list[str]:
        return [name.strip() for name in self.rooms.locator(".room-link__name").all_inner_texts()]

    def top_of(self, article: Locator) -> float:
        """Where it stands on the screen."""
        box = article.bounding_box()
        assert box is not None
        return box["y"]


def body(article: Locator) -> Locator:
    return article.locator(".message__body")
