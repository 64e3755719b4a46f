"""One's own profile, the cards of others, and their pictures."""

from math import ceil
from typing import cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import actions
from accounts.forms import ProfileForm
from accounts.models import User
from chatsite.lib import ratelimit


def _as_stored(request: HttpRequest) -> User:
    """A copy: a form writes into its instance even when it is refused, and the page around it shows the person too."""
    return User.objects.get(pk=cast(User, request.user).pk)


@login_required
@require_http_methods(["GET", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    if request.FILES and (wait := ratelimit.wait_for("picture", cast(User, request.user).pk)):
        return _too_many_pictures(request, wait)
    form = ProfileForm(request.POST or None, request.FILES or None, instance=_as_stored(request))
    if request.method == "POST" and form.is_valid():
        _save_profile(_as_stored(request), form)
        messages.success(request, "Saved.")
        return redirect("profile")
    return render(request, "accounts/profile.html", {"form": form}, status=422 if form.errors else 200)


def _too_many_pictures(request: HttpRequest, wait: int) -> HttpResponse:
    """Reading one takes long, so this one is not even looked at. All else that was filled in stays."""
    form = ProfileForm(request.POST, instance=_as_stored(request))
    form.add_error("avatar", f"Those were many pictures. Try this one again in {ceil(wait / 60)} min.")
    response = render(request, "accounts/profile.html", {"form": form}, status=429)
    response["Retry-After"] = str(wait)
    return response


def _save_profile(person: User, form: ProfileForm) -> None:
    actions.update_profile(person, **form.profile())
    if picture := form.cleaned_data["avatar"]:
        actions.change_avatar(person, picture)
    elif form.cleaned_data["remove_avatar"]:
        actions.remove_avatar(person)


@login_required
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """The switch on every page: a script gets no content, a plain form gets its page again."""
    chosen = request.POST.get("theme", "")
    if chosen not in User.Theme.values:
        return HttpResponse("Choose system, light or dark.", status=400, content_type="text/plain")
    actions.update_profile(_as_stored(request), theme=chosen)
    back = request.POST.get("next", "")
    if back and url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        return redirect(back)
    return HttpResponse(status=204)


@login_required
@require_GET
def person(request: HttpRequest, handle: str) -> HttpResponse:
    shown = get_object_or_404(User, handle=handle.removeprefix("@").lower(), is_active=True)
    local = timezone.now().astimezone(ZoneInfo(shown.timezone)) if shown.timezone else None
    return render(request, "accounts/person.html", {"person": shown, "local_time": local})


@require_GET
def avatar(request: HttpRequest, user_id: str, digest: str) -> HttpResponseBase:
    """Private: to whoever is signed in, and kept by their browser alone."""
    name = f"avatars/{user_id}/{digest}.webp"
    if not request.user.is_authenticated or not User.objects.filter(pk=user_id, avatar=name).exists():
        raise Http404
    with default_storage.open(name) as picture:
        response = HttpResponse(picture.read(), content_type="image/webp")
    response["Cache-Control"] = "private, max-age=31536000, immutable"
    response["X-Content-Type-Options"] = "nosniff"
    return response
