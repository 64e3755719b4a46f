"""The site's own settings, without limits on how much is said, and with static files that stay as they lie."""

import os

from chatsite.lib.ratelimit import LIMITS, Limit
from chatsite.settings import *  # noqa: F403
from chatsite.settings import CHANNEL_LAYERS, STORAGES

CHANNEL_LAYERS["default"]["BACKEND"] = os.environ.get("LOAD_LAYER", CHANNEL_LAYERS["default"]["BACKEND"])
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SERVESTATIC_USE_MANIFEST = False
# People do not write as fast as a machine does; what is measured here is the machine.
LIMITS.update({name: Limit(10**9, 1) for name in LIMITS})
