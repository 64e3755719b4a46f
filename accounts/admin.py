"""People in the administration, behind the site's own login."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin as PlainGroupAdmin
from django.contrib.auth.admin import UserAdmin as PlainUserAdmin
from django.contrib.auth.models import Group
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.models import Site, User
from accounts.sessions import check_visits
from chatsite.lib import audit

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

# Providers are configured in the environment; a row beside it would make the same provider ambiguous.
for replaced in (Group, EmailAddress, SocialAccount, SocialApp, SocialToken):
    admin.site.unregister(replaced)


class Lasting:
    """What other rows lean on is never deleted from here."""

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


class ReadOnly(Lasting):
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(User)
class UserAdmin(Lasting, PlainUserAdmin, ModelAdmin):  # type: ignore[type-arg]
    form, add_form, change_password_form = UserChangeForm, UserCreationForm, AdminPasswordChangeForm
    list_display = ("handle", "display_name", "email", "is_active", "is_staff", "is_bot", "date_joined", "last_login")
    list_filter = ("is_active", "is_staff", "is_bot", "date_joined")
    search_fields = ("handle", "display_name", "email")
    ordering = ("-date_joined",)
    list_per_page = 50
    readonly_fields = ("id", "email", "timezone", "is_bot", "picture", "last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("display_name", "handle", "email", "password", "bio", "timezone", "theme", "picture")}),
        ("Rights", {"fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions")}),
        ("Facts", {"fields": ("id", "is_bot", "date_joined", "last_login")}),
    )
    add_fieldsets = (
        (None, {"fields": ("display_name", "handle", "email", "usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only owners hand out rights, and nobody takes their own."""
        if obj is None:
            return ()
        rights = ("is_staff", "is_superuser", "groups", "user_permissions")
        kept = () if request.user.is_superuser else rights
        own = ("is_active", "is_staff", "is_superuser") if obj == request.user else ()
        return (*self.readonly_fields, *kept, *own)

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """An owner's account, with its password, is for owners."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or obj is None or not obj.is_superuser)

    @admin.display(description="picture")
    def picture(self, person: User) -> str:
        return format_html('<a href="{0}">{0}</a>', person.avatar_url) if person.avatar else ""

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        audit.record("person.administered", actor=request.user, target=obj, fields=sorted(form.changed_data))
        check_visits(obj)

    def user_change_password(self, request: HttpRequest, id: str, form_url: str = "") -> HttpResponse:
        response = super().user_change_password(request, id, form_url)
        if request.method == "POST" and (person := self.get_object(request, id)):
            check_visits(person)
        return response


@admin.register(Site)
class SiteAdmin(Lasting, ModelAdmin):
    list_display = ("name", "signup_policy")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


@admin.register(Group)
class GroupAdmin(PlainGroupAdmin, ModelAdmin):
    pass


@admin.register(EmailAddress)
class EmailAddressAdmin(ReadOnly, ModelAdmin):
    list_display = ("email", "user", "verified", "primary")
    list_filter = ("verified", "primary")
    search_fields = ("email", "user__handle", "user__display_name")
    list_select_related = ("user",)
    actions = ("mark_verified",)

    @admin.action(description="Mark as confirmed", permissions=["view"])
    def mark_verified(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        refused = [str(address) for address in chosen.filter(verified=False) if not address.set_verified()]
        if refused:
            self.message_user(request, f"Confirmed by somebody else already: {', '.join(refused)}.", messages.ERROR)


@admin.register(SocialAccount)
class SocialAccountAdmin(ReadOnly, ModelAdmin):
    list_display = ("user", "provider", "uid", "date_joined", "last_login")
    list_filter = ("provider",)
    search_fields = ("uid", "user__handle", "user__display_name", "user__email")
    list_select_related = ("user",)
    fields = ("user", "provider", "uid", "date_joined", "last_login")


@admin.register(SocialToken)
class SocialTokenAdmin(ReadOnly, ModelAdmin):
    """That there is a token, and for how long; never the token."""

    list_display = ("account", "app", "expires_at")
    list_select_related = ("account__user", "app")
    fields = ("account", "app", "expires_at")
