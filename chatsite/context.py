"""What every template may use."""

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Site


def site(request: HttpRequest) -> dict[str, object]:
    """The site's row (asked for only where it is used) and the nonce that scripts must carry."""
    return {"site": SimpleLazyObject(Site.current), "csp_nonce": getattr(request, "csp_nonce", "")}
