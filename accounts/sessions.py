"""Who holds a session, and when that is over. Sockets outlive the request that opened them, so they ask again."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import User
from chatsite.lib import crypto
from chatsite.lib.realtime import push, user_group


class Visit(NamedTuple):
    """A person by way of one session. `password` is its hash: another one ends the visit."""

    user: User
    session_key: str
    password: str

    @property
    def mark(self) -> str:
        """What names the session without giving it away."""
        return crypto.mac(self.session_key, purpose="session").hex()

    @property
    def vault(self) -> str:
        """The key under which the browser keeps what it must not lose. Gone with the session, for good."""
        return crypto.mac(self.session_key, purpose="vault").hex()


def visit(cookies: Mapping[str, str]) -> Visit | None:
    request = HttpRequest()
    request.session = SessionStore(cookies.get(settings.SESSION_COOKIE_NAME))
    user = get_user(request)
    if not isinstance(user, User) or not request.session.session_key:
        return None
    return Visit(user, request.session.session_key, user.password)


def over(visits: Iterable[Visit]) -> list[Visit]:
    """Those that have ended: logged out, expired, suspended, or begun with another password. Always two queries."""
    visits = list(visits)
    keys = Session.objects.filter(session_key__in={one.session_key for one in visits}, expire_date__gt=timezone.now())
    living = set(keys.values_list("session_key", flat=True))
    people = User.objects.filter(pk__in={one.user.pk for one in visits}, is_active=True)
    passwords = dict(people.values_list("pk", "password"))
    return [one for one in visits if one.session_key not in living or passwords.get(one.user.pk) != one.password]


def end_visit(user: User, *, session_key: str) -> None:
    """This session's sockets close at once."""
    mark = Visit(user, session_key, user.password).mark
    push(user_group(user.pk), {"type": "ended"}, order=f"ended {mark}")


def check_visits(user: User) -> None:
    """The person's sockets ask whether they may go on."""
    transaction.on_commit(partial(push, user_group(user.pk), {"type": "checked"}, order="check"), robust=True)


def hear_logout(*, request: HttpRequest, user: Any, **_: Any) -> None:
    if isinstance(user, User) and request.session.session_key:
        end_visit(user, session_key=request.session.session_key)


def hear_password_change(*, user: User, **_: Any) -> None:
    check_visits(user)
