"""What every template may use."""

from django.contrib.messages import get_messages
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from accounts.models import Site


def site(request: HttpRequest) -> dict[str, object]:
    """The site's row and what was just done (both asked for only where used), and the nonce that scripts must carry."""
    return {
        "site": SimpleLazyObject(Site.current),
        "notices": SimpleLazyObject(lambda: get_messages(request)),
        "csp_nonce": getattr(request, "csp_nonce", ""),
    }
