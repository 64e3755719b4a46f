"""Where allauth asks us: who may sign up, what people are called, how its mail goes out."""

import time
from typing import Any
from urllib.parse import quote

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core import context
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal import ratelimit
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp, SocialLogin
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts import actions
from accounts.models import Site, User
from accounts.names import clean_name, name_allowed
from accounts.signals import invitation_shown
from accounts.tasks import post_mail

INVITED = "invited"
"""The session's mark of somebody who holds a valid invitation link; the invitation's page sets it."""

NUMBERS = ("No", "One", "Two", "Three", "Four", "Five")


class AccountAdapter(DefaultAccountAdapter):
    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": "This account has been deactivated.",
        "duplicate_email": "That is your address already.",
        "email_taken": "That email address already has an account. Sign in, or reset its password.",
        "email_password_mismatch": "That email and password don't belong together.",
        "username_password_mismatch": "That handle and password don't belong together.",
        "enter_current_password": "That is not your current password.",
        "incorrect_password": "That is not your password.",
        "invalid_password_reset": "This link has been used, or is too old. Ask for a new one.",
        "too_many_login_attempts": "Too many tries. Wait five minutes, or reset your password.",
        "username_taken": "That handle is taken. Try another.",
        "rate_limited": "That was a little fast. Wait a moment, then try again.",
    }
    tries_left: int | None = None

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        site = Site.current()
        if site is None:
            # Nobody signs up before the owner; the home page knows the way to the first run.
            raise ImmediateHttpResponse(redirect(settings.LOGIN_REDIRECT_URL))
        if site.signup_policy == Site.SignupPolicy.INVITATION:
            return _is_invited(request)
        return site.signup_policy == Site.SignupPolicy.OPEN

    def save_user(self, request: HttpRequest, user: User, form: Form, commit: bool = True) -> User:
        password = form.cleaned_data.get("password1")
        user.email = form.cleaned_data["email"]
        user.set_password(password)
        _admit(request, user, name=form.cleaned_data["name"])
        return user

    def populate_username(self, request: HttpRequest, user: User) -> None:
        user.handle = user.handle or actions.free_handle(user.display_name, email=user.email)

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """A bot speaks through its program and never sits at a browser, whatever password it was given."""
        refusal: HttpResponse | None = super().pre_login(request, user, **kwargs)
        if user.is_bot and not refusal:
            clear_login(request)
            refusal = self.respond_user_inactive(request, user)
        return refusal

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        with transaction.atomic():
            actions.claim_email(email_address.user, email=email_address.email)
            return bool(super().confirm_email(request, email_address))

    def get_reset_password_from_key_url(self, key: str) -> str:
        """To where the site really is: the host that a request names is whatever its sender wrote."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return settings.SITE_URL + reverse("account_confirm_email", args=[emailconfirmation.key])

    def is_safe_url(self, url: str) -> bool:
        """Back to this site and nowhere else."""
        request = context.request
        return url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Whoever signed in a moment ago has just shown who they are."""
        records = get_authentication_records(context.request, context.request.user)
        fresh = bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT
        return not fresh and super().is_reauthentication_required(app=app, **kwargs)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        rates = ratelimit.get_rates(app="allauth.account", action="login_failed")
        used = [len(cache.get(usage.cache_key, [])) for usage in self._login_failed_rl_usage.usage]
        self.tries_left = min((rate.amount - count for rate, count in zip(rates, used, strict=False)), default=None)

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        error: ValidationError = super().validation_error(code, *args)
        if self.tries_left is not None and code.endswith("_password_mismatch"):
            error.message = f"{error.message} {_tries(self.tries_left)} left."
        return error

    def send_mail(self, template_prefix: str, email: str, facts: dict[str, Any]) -> None:
        site = Site.current()
        here = {"site_name": site.name if site else "Roundtable", "site_url": f"{settings.SITE_URL}/"}
        post_mail(self.render_mail(template_prefix, email, {**facts, **here, "email": email}))


def _is_invited(request: HttpRequest) -> bool:
    """Asked anew at each step: a link may have ended since it was followed."""
    token = request.session.get(INVITED, "")
    return bool(token) and any(stands for _, stands in invitation_shown.send(sender=None, token=token))


def _admit(request: HttpRequest, user: User, *, name: str) -> None:
    try:
        actions.admit(user, name=name)
    except actions.EmailTaken as error:
        # The form was free of errors a moment ago: a button pressed twice, mostly.
        messages.error(request, AccountAdapter.error_messages["email_taken"])
        raise ImmediateHttpResponse(redirect(settings.LOGIN_URL)) from error
    request.invited = request.session.pop(INVITED, "")  # type: ignore[attr-defined]  # for who keeps the invitations


def _tries(count: int) -> str:
    word = NUMBERS[count] if count < len(NUMBERS) else str(count)
    return f"{word} try" if count == 1 else f"{word} tries"


class SocialAccountAdapter(DefaultSocialAccountAdapter):
    error_messages = {
        **DefaultSocialAccountAdapter.error_messages,
        "email_taken": "That email address already has an account. Sign in to it, then connect %s in your profile.",
        "no_password": "Set a password first, or you could not get in any more.",
        "no_verified_email": "Confirm your email address first, or you could not get in any more.",
        "connected_other": "That account is connected to somebody else here.",
    }

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> User:
        user: User = super().populate_user(request, sociallogin, data)
        whole = data.get("name") or sociallogin.account.extra_data.get("name")
        name = clean_name(whole or f"{data.get('first_name') or ''} {data.get('last_name') or ''}")
        user.display_name = name if name_allowed(name) else ""
        return user

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Somebody whose name from elsewhere cannot be used here is asked for another one."""
        return super().is_auto_signup_allowed(request, sociallogin) and bool(sociallogin.user.display_name)

    def get_signup_form_initial_data(self, sociallogin: SocialLogin) -> dict[str, str]:
        return {**super().get_signup_form_initial_data(sociallogin), "name": sociallogin.user.display_name}

    @transaction.atomic
    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Form | None = None) -> User:
        user: User = sociallogin.user
        # Somebody who filled in the form comes out of the session, where ids are text.
        user.id = User._meta.pk.to_python(user.id)
        user.set_unusable_password()
        if form:
            user.email = form.cleaned_data["email"]
            user.display_name = form.cleaned_data["name"]
        # One address a person, the chosen one: what else the provider said may belong to somebody else here.
        sociallogin.email_addresses = [known for known in sociallogin.email_addresses if known.email == user.email]
        _admit(request, user, name=user.display_name)
        sociallogin.save(request)
        return user

    def get_app(self, request: HttpRequest, provider: str, client_id: str | None = None) -> SocialApp:
        try:
            return super().get_app(request, provider, client_id)
        except SocialApp.DoesNotExist as error:
            raise Http404(f"{provider} is not configured.") from error
