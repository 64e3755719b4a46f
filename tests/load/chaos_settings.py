"""The site's own settings, but for a line to Redis that loses things, and for static files, which stay as they lie."""

import os

from chatsite.settings import *  # noqa: F403
from chatsite.settings import CHANNEL_LAYERS, STORAGES

CHANNEL_LAYERS["default"]["BACKEND"] = os.environ.get("LOAD_LAYER", "tests.load.lossy.LossyLayer")
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SERVESTATIC_USE_MANIFEST = False
