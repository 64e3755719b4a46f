"""Columns of which the database only ever sees ciphertext."""

from typing import Any

from django import forms
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from chatsite.lib import crypto


class EncryptedTextField(models.BinaryField):  # type: ignore[type-arg]
    """Text, encrypted for its table and column. It cannot be filtered on, ordered by or indexed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    @property
    def context(self) -> str:
        return f"{self.model._meta.db_table}.{self.column}"

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        sealed = None if value is None else crypto.encrypt(str(value).encode(), context=self.context)
        return super().get_db_prep_value(sealed, connection, prepared)

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        return None if value is None else crypto.decrypt(bytes(value), context=self.context).decode()

    def to_python(self, value: Any) -> Any:
        return value

    def get_default(self) -> Any:
        """Text, where a `BinaryField` would begin with bytes."""
        if self.has_default():
            return self.default() if callable(self.default) else self.default
        return None if self.null else ""

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.value_from_object(obj))

    def get_lookup(self, lookup_name: str) -> Any:
        """Only `isnull`: every other question would compare ciphertexts, which differ each time."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None

    def formfield(self, **kwargs: Any) -> Any:
        options = {
            "required": not self.blank,
            "widget": forms.Textarea,
            "help_text": self.help_text,
            "label": str(self.verbose_name),
        }
        return forms.CharField(**{**options, **kwargs})
