"""The site itself: its name, and who may sign up."""

from django.db import models

from chatsite.lib.prepared import Prepared


class Site(models.Model):
    """One row, made by the first run; a site without it has not been set up yet."""

    class SignupPolicy(models.TextChoices):
        OPEN = "open", "Anybody may sign up"
        INVITATION = "invitation", "Only with an invitation link"
        CLOSED = "closed", "Nobody; administrators create accounts"

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=60)
    signup_policy = models.CharField(max_length=12, choices=SignupPolicy, default=SignupPolicy.OPEN)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="only_one_site")]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def current(cls) -> "Site | None":
        return CURRENT.first()


CURRENT = Prepared(lambda: Site._default_manager.all()[:1])
"""Every page shows its name."""
