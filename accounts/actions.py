"""What is done to people and to the site. One transaction each; they know no request and no form."""

import hashlib

from allauth.account.models import EmailAddress
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.names import check_name, handles_for
from chatsite.lib import audit


class EmailTaken(Exception):
    """Another account has that address."""


@transaction.atomic
def create_person(*, name: str, email: str, password: str) -> User:
    """An account with a handle of its own, for somebody who did not come through the sign-up page."""
    person = User(email=email.lower())
    _enter(person, name=name, password=password)
    return person


@transaction.atomic
def create_owner(*, name: str, email: str, password: str) -> User:
    """The first person of a site: administrator of everything."""
    owner = User(email=email.lower(), is_staff=True, is_superuser=True)
    _enter(owner, name=name, password=password)
    return owner


def _enter(person: User, *, name: str, password: str) -> None:
    person.set_password(password)
    admit(person, name=name)
    EmailAddress.objects.create(user=person, email=person.email, primary=True, verified=False)


@transaction.atomic
def admit(person: User, *, name: str) -> None:
    """Save a new person under this name and the nicest free handle. `EmailTaken` when another was a moment faster."""
    person.display_name = check_name(name)
    while not _saved(person):
        continue
    audit.record("person.created", actor=person, target=person)


def _saved(person: User) -> bool:
    """False when somebody else took the handle in this very moment."""
    person.handle = free_handle(person.display_name, email=person.email)
    try:
        with transaction.atomic():
            person.save(force_insert=True)
    except IntegrityError as error:
        broken = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
        if broken == "email_is_unique":
            raise EmailTaken from error
        if "handle" not in broken:
            raise
        return False
    return True


def free_handle(name: str, *, email: str = "") -> str:
    return next(handle for handle in handles_for(name, email) if not User.objects.filter(handle=handle).exists())


@transaction.atomic
def update_profile(person: User, **changes: str) -> None:
    """Any of display_name, handle, bio, timezone, theme; already checked by whoever asked for them."""
    changed = sorted(field for field, value in changes.items() if getattr(person, field) != value)
    if not changed:
        return
    for field in changed:
        setattr(person, field, changes[field])
    person.save(update_fields=changed)
    audit.record("person.profile_changed", actor=person, target=person, fields=changed)


@transaction.atomic
def change_avatar(person: User, picture: bytes) -> None:
    """`picture` is a `pictures.portrait`. Its name is made of its content, so that browsers may keep it for ever."""
    name = f"avatars/{person.id}/{hashlib.sha256(picture).hexdigest()[:32]}.webp"
    storage = person.avatar.storage
    if not storage.exists(name):
        storage.save(name, ContentFile(picture))
    _replace_avatar(person, name)


@transaction.atomic
def remove_avatar(person: User) -> None:
    _replace_avatar(person, "")


def _replace_avatar(person: User, name: str) -> None:
    old, storage = person.avatar.name, person.avatar.storage
    if old == name:
        return
    person.avatar = name
    person.save(update_fields=["avatar"])
    audit.record("person.avatar_changed", actor=person, target=person)
    if old:
        transaction.on_commit(lambda: storage.delete(old))


@transaction.atomic
def claim_email(person: User, *, email: str) -> None:
    """Whoever follows the link in a mailbox owns the address: what others merely typed in makes room for them."""
    EmailAddress.objects.filter(email=email, verified=False).exclude(user=person).delete()
    verified_elsewhere = EmailAddress.objects.filter(email=email, verified=True).values("user")
    User.objects.filter(email=email).exclude(pk=person.pk).exclude(pk__in=verified_elsewhere).update(email="")
