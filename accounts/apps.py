"""Who people are and how to reach them."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from allauth.account.signals import password_changed, password_reset, password_set
        from django.contrib.auth.signals import user_logged_out

        from accounts.sessions import hear_logout, hear_password_change

        user_logged_out.connect(hear_logout, dispatch_uid="accounts.hear_logout")
        for signal in (password_changed, password_reset, password_set):
            signal.connect(hear_password_change, dispatch_uid="accounts.hear_password_change")
