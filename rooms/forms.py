"""What the doors accept."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone

from accounts.models import User
from rooms.exceptions import BadRequest, Refused
from rooms.models import Room
from rooms.models.message import MAX_BYTES, MAX_SEQ


class OpenForm(forms.Form):
    room = forms.UUIDField()
    since = forms.IntegerField(min_value=0, max_value=MAX_SEQ)


class RoomForm(forms.Form):
    """A command that names a room and nothing else."""

    room = forms.UUIDField()


class ReadForm(forms.Form):
    room = forms.UUIDField()
    seq = forms.IntegerField(min_value=0, max_value=MAX_SEQ)


class NoteForm(forms.Form):
    room = forms.UUIDField()
    body = forms.CharField(strip=False, required=False, max_length=MAX_BYTES)
    base = forms.IntegerField(min_value=0, max_value=MAX_SEQ)


class PostForm(forms.Form):
    room = forms.UUIDField()
    client_id = forms.UUIDField()
    body = forms.CharField(strip=False, error_messages={"required": "Write something first."})
    reply_to = forms.UUIDField(required=False)

    def clean_body(self) -> str:
        body: str = self.cleaned_data["body"].strip("\n").rstrip()
        if not body.strip():
            raise forms.ValidationError("Write something first.", code="required")
        if len(body.encode()) > MAX_BYTES:
            raise forms.ValidationError(
                "That is longer than one message may be (16 KB). Send it in parts.", code="too_long"
            )
        return body


class NameForm(forms.ModelForm):  # type: ignore[type-arg]
    """Name, topic and kind, for making and for changing a room."""

    class Meta:
        model = Room
        fields = ["name", "topic", "kind"]
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "off", "placeholder": "launch-week"}),
            "kind": forms.RadioSelect,
        }

    topic = forms.CharField(
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "What is it about?"}),
    )

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(letter.isalnum() for letter in name):
            raise forms.ValidationError("Give the room a name with at least one letter or digit.")
        return name


class NewRoomForm(NameForm):
    """With a seat for each bot of the site, unless its maker says no."""

    bots = forms.ModelMultipleChoiceField(User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bots = User.objects.filter(is_bot=True, is_active=True)
        self.fields["bots"].queryset = bots  # type: ignore[attr-defined]
        self.fields["bots"].initial = bots


class InviteForm(forms.Form):
    """How long, and how often, a link lets people in."""

    DAYS = [("1", "1 day"), ("7", "7 days"), ("30", "30 days"), ("", "Never expires")]
    USES = [("1", "1 use"), ("10", "10 uses"), ("", "Any number of uses")]

    days = forms.TypedChoiceField(choices=DAYS, coerce=int, empty_value=None, required=False, initial="7")
    uses = forms.TypedChoiceField(choices=USES, coerce=int, empty_value=None, required=False, initial="")

    def terms(self) -> dict[str, Any]:
        days = self.cleaned_data["days"]
        return {
            "expires_at": timezone.now() + timedelta(days=days) if days else None,
            "uses_left": self.cleaned_data["uses"],
        }


def cleaned(form_class: type[forms.Form], command: Mapping[str, object]) -> dict[str, Any]:
    """What a command of the socket holds; the first thing that is wrong with it is raised."""
    form = form_class({name: value for name, value in command.items() if isinstance(value, str | int)})
    if form.is_valid():
        return form.cleaned_data
    field, problems = next(iter(form.errors.as_data().items()))
    if field == "body":
        raise _bad_body(problems[0])
    raise BadRequest(f"{field}: {problems[0].messages[0]}")


def _bad_body(problem: forms.ValidationError) -> Refused:
    refused = Refused(problem.messages[0])
    refused.code = {"too_long": "too_long", "max_length": "too_long", "required": "empty"}.get(
        problem.code or "", "bad_request"
    )
    return refused
