"""The first visitor makes the site: its name, its owner, the lobby, and the assistant in it."""

from uuid import uuid4

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.actions import create_owner
from accounts.models import Site
from accounts.names import check_name
from aibot.actions import seat_assistant
from rooms.actions.memberships import read_everything
from rooms.actions.messages import post_message
from rooms.actions.rooms import create_room
from rooms.models import Membership

HELLO = (
    "Welcome to **{site}**! I am the assistant, an AI with a seat at this table. "
    "Mention me, for example `@{handle} what can you do here?`, and I answer for everybody to see.\n\n"
    "I read what is said in the rooms that I am in. Whoever owns this room invites others with *Invite people*, above."
)


class FirstRunForm(forms.Form):
    site_name = forms.CharField(label="Site name", max_length=60)
    name = forms.CharField(label="Name", max_length=60, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(label="Email", widget=forms.EmailInput(attrs={"autocomplete": "email"}))
    password = forms.CharField(
        label="Password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def clean_name(self) -> str:
        return check_name(self.cleaned_data["name"])

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        validate_password(password)
        return password


@transaction.atomic
def create_site(*, site_name: str, name: str, email: str, password: str) -> Membership:
    """The owner's place in the lobby. A second call finds the site made: `ValidationError`."""
    _, made = Site.objects.get_or_create(id=1, defaults={"name": site_name})
    if not made:
        raise ValidationError("This site is already set up.")
    owner = create_owner(name=name, email=email, password=password)
    lobby = create_room(owner, name="lobby", topic="For everybody. Say hello.", everyone_joins=True)
    assistant = seat_assistant(lobby.room)
    hello = HELLO.format(site=site_name, handle=assistant.user.handle)
    post_message(assistant, body=hello, client_id=uuid4())
    read_everything(lobby)
    return lobby
