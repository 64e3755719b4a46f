"""An assistant is a user with `is_bot`; this is what it has besides."""

from django.conf import settings
from django.db import models

from accounts.models import User
from chatsite.lib.fields import EncryptedTextField


class Assistant(models.Model):
    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="assistant")
    model = models.CharField(max_length=100, blank=True, help_text="Empty: the site's AI_MODEL.")
    instructions = EncryptedTextField(blank=True, help_text="Its persona, below the rules of the house.")

    def __str__(self) -> str:
        return self.user.display_name

    @property
    def model_name(self) -> str:
        return self.model or settings.AI_MODEL

    @classmethod
    def default(cls) -> "Assistant":
        """The site's own; made when it is first asked for."""
        user, made = User.objects.get_or_create(
            handle="assistant",
            defaults={"display_name": "Assistant", "is_bot": True, "bio": "An AI with a seat at the table."},
        )
        if made:
            user.set_unusable_password()
            user.save(update_fields=["password"])
        return cls._default_manager.get_or_create(user=user)[0]
