"""A browser without scripts: it opens pages, reads them, and presses the buttons that are really there."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any, Self
from urllib.parse import urljoin

from accounts.models import User
from tests.people import browser


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # what is on it, name, value


class Reader(HTMLParser):
    """Takes forms and words out of a page, as a browser would."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.words: list[str] = []
        self.links: list[str] = []
        self._form: Form | None = None
        self._button: dict[str, str] | None = None
        self._label = ""
        self._select = ""
        self._hidden = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attributes}
        if tag in {"script", "style", "template", "svg"}:
            self._hidden += 1
        if tag == "a":
            self.links.append(given.get("href", ""))
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("method", "get"))
            self.forms.append(self._form)
        if self._form is None or self._hidden:
            return
        if tag == "select":
            self._select = given.get("name", "")
        if tag == "option" and ("selected" in given or not any(name == self._select for name, _ in self._form.fields)):
            self._form.fields = [(name, value) for name, value in self._form.fields if name != self._select]
            self._form.fields.append((self._select, given.get("value", "")))
        if tag == "button" and given.get("type", "submit") == "submit":
            self._button, self._label = given, ""
        if tag == "input" and given.get("name"):
            self._take(given)

    def _take(self, given: dict[str, str]) -> None:
        assert self._form is not None
        if given.get("type") not in {"radio", "checkbox"} or "checked" in given:
            self._form.fields.append((given["name"], given.get("value", "")))

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        self.words.append(data)
        self._label += data

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "template", "svg"}:
            self._hidden -= 1
        if tag == "button" and self._button is not None and self._form is not None:
            name, value = self._button.get("name", ""), self._button.get("value", "")
            self._form.buttons.append((" ".join(self._label.split()), name, value))
            self._button = None
        if tag == "form":
            self._form = None


class Visitor:
    """Somebody and the page that is before them."""

    def __init__(self, user: User | None) -> None:
        self.client = browser(user, enforce_csrf_checks=True)
        self.status, self.address, self.html = 0, "/", ""

    def open(self, address: str, **headers: str) -> Self:
        self._show(self.client.get(address, follow=True, headers=headers), address)
        return self

    def press(self, button: str, **filled: Any) -> Self:
        """The button with these words, in the form where it stands, filled in further."""
        forms = [(form, one) for form in self.page.forms for one in form.buttons if one[0] == button]
        assert forms, f"no button {button!r}, only {[one[0] for form in self.page.forms for one in form.buttons]}"
        form, (_, name, value) = forms[0]
        unknown = filled.keys() - {known for known, _ in form.fields}
        assert not unknown, f"the form has no {unknown}"
        fields = {**dict(form.fields), **filled, **({name: value} if name else {})}
        address = urljoin(self.address, form.action)
        send = self.client.post if form.method == "post" else self.client.get
        self._show(send(address, fields, follow=True), address)
        return self

    @property
    def page(self) -> Reader:
        return Reader(self.html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.page.words).split())

    def may_press(self, button: str) -> bool:
        return any(one[0] == button for form in self.page.forms for one in form.buttons)

    def _show(self, answer: Any, address: str) -> None:
        self.status, self.html = answer.status_code, answer.content.decode()
        self.address = answer.redirect_chain[-1][0] if answer.redirect_chain else address
