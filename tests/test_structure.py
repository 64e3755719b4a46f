"""The promises that the code makes about itself: what the documents say is so, and what may be nowhere is nowhere."""

import ast
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import environ
import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.core.management import call_command
from django.db.models import Model
from django.test import RequestFactory

from accounts.models import User
from aibot.models import Assistant
from chatsite.celery import app as celery
from chatsite.lib import environment
from chatsite.lib.fields import EncryptedTextField
from chatsite.lib.ratelimit import LIMITS
from rooms.commands import PACES, PROTOCOL
from rooms.forms import NoteForm, OpenForm, PostForm, ReadForm, RoomForm
from rooms.management import chat_client
from rooms.models import Message, Notepad, Room
from tests import protocol

ROOT = Path(__file__).resolve().parent.parent
APPS = ("chatsite", "accounts", "rooms", "aibot", "moderation")

LONG_FILE, LONG_FUNCTION, LONG_TEMPLATE = 260, 40, 120
LONG_BY_NATURE = {
    "chatsite/settings.py": "a list",
    "chatsite/lib/hub.py": "the hub's steps under one lock are read together or not at all",
}

# Where words become markup without being escaped, and why that is safe.
UNESCAPED = {
    "templates/rooms/_message.html": "message.html comes out of nh3, the last step of rooms/markup",
    "chatsite/templatetags/chatsite_tags.py": "the import map is made of the names of our own files",
}

# Names of the environment that no administrator needs.
ONLY_TESTS_MOVE = re.compile(
    r"(GOOGLE|FACEBOOK)_(AUTHORIZE_URL|ACCESS_TOKEN_URL|IDENTITY_URL|CERTS_URL|ID_TOKEN_ISSUER|GRAPH_API_URL)"
)

# What the administration shows although it is encrypted in the database.
WRITTEN_BY_ADMINISTRATORS = {(Assistant, "instructions")}


# What asks for a limit by its name.
ASKING = {"wait_for", "strict_wait_for", "require_pace", "_require_pace", "Bucket"}


@cache
def sources() -> dict[str, str]:
    """Our Python without migrations, by path."""
    files = (path for name in APPS for path in (ROOT / name).rglob("*.py") if "migrations" not in path.parts)
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(files)}


@cache
def trees() -> dict[str, ast.Module]:
    return {path: ast.parse(text) for path, text in sources().items()}


def nodes(*places: str) -> Iterator[ast.AST]:
    for path, tree in trees().items():
        if path.startswith(places):
            yield from ast.walk(tree)


@cache
def templates() -> dict[str, str]:
    files = [path for path in sorted((ROOT / "templates").rglob("*")) if path.suffix in {".html", ".txt"}]
    return {str(path.relative_to(ROOT)): path.read_text() for path in files}


def first_column(document: str, *, under: str) -> str:
    """Of the table that follows these words."""
    _, _, rest = (ROOT / "docs" / document).read_text().partition(f"{under}\n")
    table = re.search(r"(?:^\|.*\n)+", rest, re.MULTILINE)
    assert table, f"{document} has no table under {under}"
    return "\n".join(line.split("|")[1] for line in table[0].splitlines()[2:])


def documented(document: str, *, under: str) -> set[str]:
    return set(re.findall(r"`([\w.]+)`", first_column(document, under=under)))


def literal(node: ast.AST | None) -> object:
    return node.value if isinstance(node, ast.Constant) else None


# The wire is as docs/protocol.md says


def test_the_commands_are_those_of_the_protocol() -> None:
    patterns = [node for node in nodes("rooms/consumers.py") if isinstance(node, ast.MatchValue)]
    assert {literal(pattern.value) for pattern in patterns} == documented("protocol.md", under="## Commands")


def test_the_fields_of_commands_are_those_of_the_protocol() -> None:
    """And those of frames are looked at in every test that has a tab."""
    by_command = {"open": OpenForm, "close": RoomForm, "post": PostForm, "read": ReadForm, "note": NoteForm}
    understood = {name: set(form.base_fields) for name, form in by_command.items()}
    understood |= {"typing": set(RoomForm.base_fields), "heartbeat": set()}
    assert understood == {name: set(fields.all) for name, fields in protocol.fields("Commands").items()}
    optional = {name for name, field in PostForm.base_fields.items() if not field.required}
    assert optional == protocol.fields("Commands")["post"].sometimes


def test_the_client_sends_no_other_commands() -> None:
    scripts = "\n".join(path.read_text() for path in (ROOT / "static/js").rglob("*.js") if "vendor" not in path.parts)
    sent = set(re.findall(r"\.(?:command|hint)\(\s*\"(\w+)\"", scripts))
    assert sent
    assert sent <= documented("protocol.md", under="## Commands")


def test_the_frames_are_those_of_the_protocol() -> None:
    pairs = (
        (literal(key), literal(value))
        for node in nodes("rooms/", "accounts/")
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
    )
    types = {str(value) for key, value in pairs if key == "type" and value}
    frames = {name for name in types if not name.startswith("websocket.") and name != "checkbox"}
    assert frames == documented("protocol.md", under="## Frames")


def test_the_error_codes_are_those_of_the_protocol() -> None:
    codes = set()
    for node in nodes("rooms/", "aibot/", "accounts/"):
        if isinstance(node, ast.ClassDef):
            assigned = (one for one in node.body if isinstance(one, ast.Assign))
            codes |= {literal(one.value) for one in assigned if ast.unparse(one.targets[0]) == "code"}
        if isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            codes |= {literal(value) for key, value in pairs if literal(key) == "code"}
        if isinstance(node, ast.FunctionDef) and node.name == "_bad_body":
            translated = [one for one in ast.walk(node) if isinstance(one, ast.Dict)]
            codes |= {literal(value) for one in translated for value in one.values}
    assert codes - {None} == documented("protocol.md", under="## Errors")


def test_the_close_codes_are_those_of_the_protocol() -> None:
    assigned = [node.value for node in nodes("rooms/consumers.py", "rooms/tabs.py") if isinstance(node, ast.Assign)]
    numbers = {literal(one) for value in assigned for one in ast.walk(value)}
    codes = {str(number) for number in numbers if isinstance(number, int) and 1000 <= number < 5000}
    assert codes == set(re.findall(r"\b\d{4}\b", first_column("protocol.md", under="## Close codes")))


def test_all_speak_the_protocol_of_the_document() -> None:
    script, document = (ROOT / "static/js/socket.js").read_text(), (ROOT / "docs/protocol.md").read_text()
    spoken = [*re.findall(r"^const PROTOCOL = (\d+)$", script, re.MULTILINE), str(PROTOCOL), str(chat_client.PROTOCOL)]
    assert set(spoken) == set(re.findall(r"`hello.protocol` is (\d+)", document))
    assert len(spoken) == 3


def test_the_paces_are_those_of_the_document() -> None:
    how_fast = (ROOT / "docs/protocol.md").read_text().partition("## How fast\n")[2].partition("\n## ")[0]
    assert set(PACES) <= set(re.findall(r"`(\w+)`", how_fast))
    assert set(PACES) <= set(LIMITS)


def test_every_limit_is_asked_for_somewhere_and_none_besides() -> None:
    asked = {
        str(literal(node.args[0 if ast.unparse(node.func) != "require_pace" else 1]))
        for node in nodes("accounts/", "rooms/", "aibot/")
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in ASKING and node.args
    }
    passed = {str(literal(one.args[1])) for one in threaded() if ast.unparse(one.args[0]) == "wait_for"}
    together = {
        str(literal(pair.elts[0]))
        for node in nodes("rooms/")
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ratelimit.waits_for"
        for pair in ast.walk(node)
        if isinstance(pair, ast.Tuple)
    }
    assert (asked | passed | together) - {"None"} == set(LIMITS)


def threaded() -> Iterator[ast.Call]:
    for node in nodes("rooms/"):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "in_thread":
            yield node


# Settings, hooks and tasks are those that the documents name


def test_the_settings_are_those_of_the_example(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under https, so that what only then matters is asked for as well."""
    read: set[str] = set()
    text = environment.text

    def noted(name: str, default: str = "") -> str:
        read.add(name)
        return text(name, default)

    monkeypatch.setattr(environment, "text", noted)
    settings_under(monkeypatch, {"SITE_URL": "https://chat.example.com"})
    assert {name for name in read if not ONLY_TESTS_MOVE.fullmatch(name)} == set(example())


def test_the_example_as_it_stands_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """It invites to be copied; what it leaves empty counts as not given."""
    kept = {"CHATSITE_DATA": os.environ["CHATSITE_DATA"]}
    nothing = dict.fromkeys(example())
    assert settings_under(monkeypatch, {**example(), **kept}) == settings_under(monkeypatch, {**nothing, **kept})


def settings_under(monkeypatch: pytest.MonkeyPatch, env: dict[str, str | None]) -> dict[str, object]:
    """What they are where the environment says this, or does not say it at all."""
    with monkeypatch.context() as patched:
        patched.setattr(environ.Env, "read_env", lambda *_: None)
        for name, value in env.items():
            patched.delenv(name, raising=False) if value is None else patched.setenv(name, value)
        found = runpy.run_path(str(ROOT / "chatsite/settings.py"))
    return {name: value for name, value in found.items() if name.isupper()}


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_every_setting_is_read_in_the_way_that_also_knows_files() -> None:
    """`NAME_FILE` works for each name, as the example promises, because nothing reads the environment past it."""
    ours = set(example())
    past_it = {
        f"{path}: {name}"
        for path, text in sources().items()
        for name in re.findall(r"os\.(?:environ\.get\(|environ\[|getenv\()\"(\w+)\"(?!\]\s*=)", text)
        if name in ours
    }
    assert past_it == set()


def test_the_hooks_are_those_of_the_table() -> None:
    own = {
        ast.unparse(node.targets[0])
        for node in nodes(*APPS)
        if isinstance(node, ast.Assign) and ast.unparse(node.value) == "Signal()"
    }
    foreign = {
        alias.name
        for node in nodes(*APPS)
        if isinstance(node, ast.ImportFrom) and str(node.module).endswith(".signals")
        for alias in node.names
    }
    table = documented("architecture.md", under="Ways up, and there are no others:")
    assert own | foreign == {name.rpartition(".")[2] for name in table}


def test_every_task_that_is_named_exists() -> None:
    celery.loader.import_default_modules()
    named = {name for text in sources().values() for name in re.findall(r"\"(\w+\.tasks\.\w+)\"", text)}
    assert named
    assert named <= set(celery.tasks)


# Layers


def test_each_app_knows_only_those_below_it() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    checked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_only_the_provider_knows_the_models_package() -> None:
    for path, tree in trees().items():
        imports = [ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        if any(re.match(r"(import|from) openai\b", line) for line in imports):
            assert path == "aibot/provider.py"


# What is said stays encrypted


@pytest.mark.parametrize(
    ("model", "column"),
    [
        (Message, "body"),
        (Message, "html"),
        (Room, "topic"),
        (Notepad, "body"),
        (Assistant, "instructions"),
    ],
)
def test_words_are_encrypted(model: type[Model], column: str) -> None:
    assert isinstance(model._meta.get_field(column), EncryptedTextField)


def our_models() -> list[type[Model]]:
    return [model for name in APPS for model in apps.get_app_config(name).get_models()]


def test_administrators_see_every_table_and_no_words() -> None:
    assert {model for model in our_models() if not admin.site.is_registered(model)} == set()
    shown = {(model, name) for model in our_models() for name in shown_columns(model) if is_encrypted(model, name)}
    assert shown == WRITTEN_BY_ADMINISTRATORS


def shown_columns(model: type[Model]) -> set[str]:
    """On the page of all rows, on the page of one, and in what can be searched for."""
    page, request = admin.site.get_model_admin(model), RequestFactory().get("/admin/")
    request.user = User(is_superuser=True, is_staff=True)
    searched = {name.lstrip("=^@") for name in page.get_search_fields(request)}
    one = flatten_fieldsets(page.get_fieldsets(request, model()))
    return {str(name) for name in (*page.get_list_display(request), *page.list_filter, *one, *searched)}


def is_encrypted(model: type[Model], path: str) -> bool:
    """`room__topic` is the topic of the room."""
    name, _, rest = path.partition("__")
    field = next((one for one in model._meta.get_fields() if one.name == name), None)
    if rest and field and isinstance(field.related_model, type):
        return is_encrypted(field.related_model, rest)
    return isinstance(field, EncryptedTextField)


# Pages


def pages() -> dict[str, str]:
    """Without mail, which is plain text."""
    return {path: text for path, text in templates().items() if path.endswith(".html")}


def test_nothing_reaches_a_page_unescaped_but_what_was_cleaned() -> None:
    places = {path for path, text in pages().items() if re.search(r"\|\s*safe\b|autoescape off", text)}
    places |= {path for path, text in sources().items() if re.search(r"\bmark_safe\(|\bSafeString\(", text)}
    assert places == set(UNESCAPED)


def test_templates_hold_neither_styles_nor_handlers() -> None:
    """The Content-Security-Policy would drop them, in silence."""
    inline = re.compile(r"<[^>]*\s(style|on[a-z]+)\s*=|<style\b", re.IGNORECASE)
    assert {path for path, text in pages().items() if inline.search(text)} == set()


# Size


def test_files_and_functions_are_short() -> None:
    files = {path for path, text in sources().items() if text.count("\n") > LONG_FILE}
    assert files == set(LONG_BY_NATURE)
    functions = {
        f"{path}: {node.name}"
        for path, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or 0) - node.lineno >= LONG_FUNCTION
    }
    assert functions == set()
    assert {path for path, text in templates().items() if text.count("\n") >= LONG_TEMPLATE} == set()


def test_django_finds_nothing_to_warn_of() -> None:
    call_command("check", fail_level="WARNING")
