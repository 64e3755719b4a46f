"""The assistant as administrators see it: who it is can be changed; what it did can be read."""

from django.contrib import admin
from unfold.admin import ModelAdmin

from aibot.models import Assistant, Decision, Run, Trigger
from rooms.admin import ReadOnly


@admin.register(Assistant)
class AssistantAdmin(ModelAdmin):
    list_display = ["user", "model"]
    list_select_related = ["user"]
    readonly_fields = ["user"]

    def has_add_permission(self, request: object) -> bool:
        return False

    def has_delete_permission(self, request: object, obj: object = None) -> bool:
        return False


@admin.register(Run)
class RunAdmin(ReadOnly):
    list_display = [
        "room",
        "assistant",
        "status",
        "attempt",
        "model",
        "prompt_tokens",
        "output_tokens",
        "error",
        "created_at",
    ]
    list_filter = ["status", "error", "model"]
    list_select_related = ["room", "assistant__user"]
    search_fields = ["=id", "room__name"]
    exclude = ["lease"]


@admin.register(Trigger)
class TriggerAdmin(ReadOnly):
    list_display = ["message", "rule", "status", "created_at"]
    list_filter = ["status", "rule"]
    list_select_related = ["message"]


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    list_display = ["message", "action", "rule", "created_at"]
    list_filter = ["action", "rule"]
    list_select_related = ["message"]
