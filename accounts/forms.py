"""The forms that people fill in about themselves."""

from typing import Any
from zoneinfo import available_timezones

from allauth.account import forms as account
from allauth.account.internal.flows.manage_email import assess_unique_email
from allauth.account.models import EmailAddress
from allauth.socialaccount import forms as social
from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest

from accounts import pictures
from accounts.models import User
from accounts.names import NAME_LENGTH, check_handle, check_name

ABOUT_PASSWORDS = "At least 8 characters. A few unrelated words are easy to remember."


class NameField(forms.CharField):
    """What others see."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"autocomplete": "name"})
        super().__init__(**{"label": "Name", "max_length": NAME_LENGTH, "widget": widget, **kwargs})

    def clean(self, value: Any) -> str:
        return check_name(super().clean(value))


class Quiet:
    """Labels say what a field is for; allauth repeats them inside the fields, and asks for new passwords twice."""

    fields: dict[str, forms.Field]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if "password" in name:
                field.help_text = ABOUT_PASSWORDS if field.widget.attrs.get("autocomplete") == "new-password" else ""


class SignupForm(Quiet, account.SignupForm):
    name = NameField()
    field_order = ("email", "name", "password1")


class LoginForm(Quiet, account.LoginForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login = self.fields["login"]
        login.label = "Email or handle"
        login.widget.attrs |= {"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}

    def clean_login(self) -> str:
        return str(super().clean_login()).removeprefix("@")

    def clean(self) -> dict[str, Any]:
        """A wrong pair is said beside the password, where one types next."""
        try:
            super().clean()
        except ValidationError as error:
            self.add_error("password", error)
        cleaned: dict[str, Any] = self.cleaned_data
        return cleaned


class SocialSignupForm(Quiet, social.SignupForm):
    """For whoever comes from a provider without an email, with one that is taken, or with a name that we cannot use."""

    name = NameField()
    field_order = ("email", "name")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.taken_email = self._taken_email()
        if self.taken_email:
            self.initial["email"] = ""

    def _taken_email(self) -> str:
        email = self.initial.get("email", "")
        return email if email and assess_unique_email(email) is False else ""


class AddEmailForm(Quiet, account.AddEmailForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "New email"

    def save(self, request: HttpRequest) -> EmailAddress:
        """Until somebody has a confirmed address, the newest one counts."""
        address = super().save(request)
        confirmed = EmailAddress.objects.get_verified(self.user)
        if not confirmed and not User.objects.filter(email=address.email).exists():
            address.set_as_primary()
        return address


class ChangePasswordForm(Quiet, account.ChangePasswordForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["oldpassword"].label = "Current password"
        self.fields["password1"].label = "New password"


class SetPasswordForm(Quiet, account.SetPasswordForm):
    pass


class ResetPasswordForm(Quiet, account.ResetPasswordForm):
    pass


class ResetPasswordKeyForm(Quiet, account.ResetPasswordKeyForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = "New password"


class ReauthenticateForm(Quiet, account.ReauthenticateForm):
    pass


def timezone_choices() -> list[tuple[str, str]]:
    places = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "SystemV/")))
    return [("", "As your browser says"), ("UTC", "UTC"), *((name, name.replace("_", " ")) for name in places)]


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]
    display_name = NameField()
    avatar = forms.FileField(label="Picture", required=False, widget=forms.FileInput(attrs={"accept": "image/*"}))
    remove_avatar = forms.BooleanField(label="Remove the picture", required=False)
    bio = forms.CharField(label="About you", required=False, max_length=280, widget=forms.Textarea(attrs={"rows": 3}))
    timezone = forms.ChoiceField(label="Time zone", required=False, choices=timezone_choices)
    theme = forms.ChoiceField(label="Theme", choices=User.Theme)

    class Meta:
        model = User
        fields = ("display_name", "handle", "bio", "timezone", "theme")

    def clean_handle(self) -> str:
        """Nobody loses the handle they have, even when it would be refused today."""
        handle = str(self.cleaned_data["handle"]).strip().removeprefix("@").lower()
        return handle if handle == self.initial.get("handle") else check_handle(handle)

    def clean_avatar(self) -> bytes | None:
        upload: UploadedFile[bytes] | None = self.cleaned_data["avatar"]
        if upload is None:
            return None
        if (upload.size or 0) > pictures.MAX_BYTES:
            raise ValidationError(pictures.TOO_LARGE, code="too_large")
        return pictures.portrait(upload)

    def profile(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
