"""The audit log, to read."""

from django.contrib import admin

from moderation.models import AuditEntry
from rooms.admin import ReadOnly


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["created_at", "action", "actor", "target_type", "target_name"]
    list_filter = ["action", "target_type"]
    list_select_related = ["actor"]
    search_fields = ["action", "target_name", "target_id", "actor__handle"]
    date_hierarchy = "created_at"
