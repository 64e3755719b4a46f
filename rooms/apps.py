"""The conversation."""

from django.apps import AppConfig


class RoomsConfig(AppConfig):
    name = "rooms"

    def ready(self) -> None:
        from allauth.account.signals import user_signed_up

        from accounts.signals import invitation_shown
        from rooms.receivers import seat_newcomer, vouch

        invitation_shown.connect(vouch, dispatch_uid="rooms.vouch")
        user_signed_up.connect(seat_newcomer, dispatch_uid="rooms.seat_newcomer")
