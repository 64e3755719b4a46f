"""Rooms as administrators see them: who and when, never what was said, and nothing that would break a log."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from rooms.models import Invite, Membership, Message, Notepad, Room


class ReadOnly(ModelAdmin):
    """To look at, not to change: changes go through the actions, which tell everybody."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(Room)
class RoomAdmin(ReadOnly):
    list_display = ["name", "kind", "people", "last_seq", "last_message_at", "created_at"]
    list_filter = ["kind", "everyone_joins"]
    ordering = ["name"]
    search_fields = ["name", "slug"]
    exclude = ["topic"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Room]:
        present = Count("memberships", filter=Q(memberships__left_at=None))
        return super().get_queryset(request).annotate(people=present)  # type: ignore[no-any-return]

    @admin.display(ordering="people")
    def people(self, room: Room) -> int:
        return room.people  # type: ignore[attr-defined, no-any-return]


@admin.register(Membership)
class MembershipAdmin(ReadOnly):
    list_display = ["user", "room", "role", "seat", "joined_at", "left_at"]
    list_filter = ["role"]
    ordering = ["-joined_at"]
    list_select_related = ["user", "room"]
    search_fields = ["user__handle", "user__display_name", "room__name"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Membership]:
        return Membership.ever.all()


@admin.register(Message)
class MessageAdmin(ReadOnly):
    list_display = ["room", "seq", "author", "kind", "status", "created_at", "edited_at", "deleted_at"]
    list_filter = ["kind", "status"]
    list_select_related = ["room", "author"]
    search_fields = ["room__name", "author__handle", "=id"]
    fields = ["room", "seq", "revision", "author", "kind", "status", "attempt", "created_at", "edited_at", "deleted_at"]
    ordering = ["-created_at"]
    show_full_result_count = False


@admin.register(Notepad)
class NotepadAdmin(ReadOnly):
    list_display = ["user", "room", "version", "updated_at"]
    list_select_related = ["user", "room"]
    exclude = ["body"]


@admin.register(Invite)
class InviteAdmin(ReadOnly):
    list_display = ["room", "created_by", "created_at", "expires_at", "uses_left", "revoked_at"]
    list_select_related = ["room", "created_by"]
    search_fields = ["room__name", "created_by__handle"]
    exclude = ["token"]
