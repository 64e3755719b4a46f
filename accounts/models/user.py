"""A person, or a bot, with a handle by which others call them."""

import re
import uuid
from pathlib import PurePath
from typing import Any, ClassVar

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.timezone import now

HANDLE = re.compile(r"[a-z0-9](?:[a-z0-9_.-]{0,30}[a-z0-9])")
HUE_STEPS = 24


class UserManager(BaseUserManager["User"]):
    def create_user(self, handle: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        user = self.model(handle=handle.lower(), email=email.lower(), **fields)
        user.display_name = user.display_name or handle
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, handle: str, email: str = "", password: str | None = None, **fields: Any) -> "User":
        return self.create_user(handle, email, password, is_staff=True, is_superuser=True, **fields)

    def people(self) -> models.QuerySet["User"]:
        return self.filter(is_bot=False)

    def get_by_natural_key(self, handle: str | None) -> "User":
        return self.get(handle=(handle or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    class Theme(models.TextChoices):
        SYSTEM = "system", "Like the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    handle = models.CharField(
        max_length=32,
        unique=True,
        validators=[
            RegexValidator(rf"^{HANDLE.pattern}\Z", "Use 2 to 32 letters a-z, digits, and . _ - between them.")
        ],
        help_text="How others call you: @handle.",
        error_messages={"unique": "That handle is taken. Try another."},
    )
    display_name = models.CharField("name", max_length=60)
    email = models.EmailField(blank=True)
    avatar = models.ImageField(upload_to="avatars/", blank=True)
    bio = models.CharField(max_length=280, blank=True)
    timezone = models.CharField(max_length=64, blank=True, help_text="Empty: as your browser says.")
    theme = models.CharField(max_length=6, choices=Theme, default=Theme.SYSTEM)
    is_bot = models.BooleanField(default=False)
    is_staff = models.BooleanField("administrator", default=False)
    is_active = models.BooleanField("active", default=True)
    date_joined = models.DateTimeField(default=now, editable=False)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "handle"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["email"]

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(handle=Lower("handle")), name="handle_is_lower_case"),
            models.UniqueConstraint(
                Lower("email"),
                name="email_is_unique",
                condition=~models.Q(email=""),
                violation_error_message="That email address belongs to another account.",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def initials(self) -> str:
        words = [word for word in self.display_name.split() if word[0].isalnum()]
        letters = [words[0][0], words[-1][0]] if len(words) > 1 else [(words or [self.handle])[0][:2]]
        return "".join(letters).upper()

    @property
    def hue_step(self) -> int:
        """Which of the monogram's colours is theirs; the same on every device, for ever."""
        return self.id.int % HUE_STEPS

    @property
    def avatar_url(self) -> str:
        """The picture's name is made of its content, so its address changes with it."""
        return reverse("avatar", args=[self.id, PurePath(str(self.avatar)).stem]) if self.avatar else ""
