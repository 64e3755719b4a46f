"""All settings, read from the environment; with none given, a site for one machine. `.env.example` lists them with their defaults."""

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from redis.backoff import NoBackoff
from redis.retry import Retry

from chatsite.lib import environment
from chatsite.services import socket_folder

BASE_DIR = Path(__file__).resolve().parent.parent
environ.Env.read_env(BASE_DIR / ".env")

ENVIRONMENT = environment.text("CHATSITE_ENV", "development")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = environment.flag("DEBUG")
DATA = Path(environment.text("CHATSITE_DATA", str(BASE_DIR / "var"))).resolve()


def _version() -> str:
    """The newest one that the change log names."""
    headings = (line for line in (BASE_DIR / "CHANGELOG.md").read_text().splitlines() if line.startswith("## "))
    return next(headings, "## 0").split()[1]


BUILD = _version()


# Secrets: given by the environment, or made once and kept in the data folder.


def _secret(name: str) -> str:
    given = environment.text(name)
    if given or not PRODUCTION:
        return given or environment.kept_secret(DATA, name)
    sys.exit(f"{name} is missing: in production it must be set (or {name}_FILE must name a file that holds it).")


SECRET_KEY = _secret("SECRET_KEY")
FIELD_KEYS = _secret("CHATSITE_FIELD_KEYS")
BLIND_KEY = _secret("CHATSITE_BLIND_KEY")
METRICS_TOKEN = environment.text("METRICS_TOKEN")
FIRST_RUN_TOKEN = environment.text("CHATSITE_FIRST_RUN_TOKEN")


# Where the site is reached

SITE_URL = environment.text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_LOOPBACK = ["localhost", "127.0.0.1", "[::1]"]
ALLOWED_HOSTS = environment.words("ALLOWED_HOSTS") or [
    urlsplit(SITE_URL).hostname or "localhost",
    *([] if PRODUCTION else _LOOPBACK),
]
_PORT = urlsplit(SITE_URL).netloc.removeprefix(urlsplit(SITE_URL).hostname or "")
SITE_ORIGINS = [SITE_URL] if PRODUCTION else [SITE_URL, f"http://localhost{_PORT}", f"http://127.0.0.1{_PORT}"]
CSRF_TRUSTED_ORIGINS = environment.words("CSRF_TRUSTED_ORIGINS") or [SITE_URL]
SECURE = SITE_URL.startswith("https://")

if PRODUCTION and DEBUG:
    sys.exit("DEBUG must be off in production: it shows settings and code to every visitor.")
if PRODUCTION and "*" in ALLOWED_HOSTS:
    sys.exit("ALLOWED_HOSTS must name the site's hosts in production: with * anybody can pose as this site.")
if PRODUCTION and not SECURE:
    sys.exit("SITE_URL must begin with https:// in production: over plain http everybody on the way can read along.")


# What is installed

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.google",
    "allauth.socialaccount.providers.facebook",
    "channels",
    "csp",
    "django_htmx",
    "lucide",
    "chatsite",
    "accounts",
    "rooms",
    "aibot",
    "moderation",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "chatsite.lib.csp.PolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.AccountPagesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "chatsite.urls"
ASGI_APPLICATION = "chatsite.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "chatsite.lib.templates.DeepTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "chatsite.context.site",
                "rooms.context.sidebar",
            ],
        },
    }
]


# Where things are kept

_SOCKETS = socket_folder(DATA)
_EMBEDDED_DATABASE = {
    "ENGINE": "django.db.backends.postgresql",
    "NAME": "chatsite",
    "USER": "postgres",
    "HOST": str(_SOCKETS),
}
DATABASE_URL = environment.text("DATABASE_URL")
DATABASES: dict[str, Any] = {"default": environ.Env.db_url_config(DATABASE_URL) if DATABASE_URL else _EMBEDDED_DATABASE}
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"] |= {
    # The pool knocks at a lost database ever more seldom, unless it soon gives up and the next query lets it begin anew.
    "pool": {
        "min_size": 1,
        "max_size": environment.number("DATABASE_POOL", 20),
        "timeout": 3,
        "reconnect_timeout": 3,
    },
    "options": "-c statement_timeout=15s -c lock_timeout=5s -c idle_in_transaction_session_timeout=15s",
    "connect_timeout": 3,
    # What is asked often is planned once a connection: for a hot query that is most of its time.
    "server_side_binding": True,
    "prepare_threshold": 5,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = environment.text("REDIS_URL", f"unix://{_SOCKETS / 'valkey.sock'}")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        # Who signs in is told within a moment that it is not possible; by itself redis-py would try for a minute.
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1, "retry": Retry(NoBackoff(), 1)},
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            # redis-py closes a quiet socket after its default time-out; a subscription is quiet by nature.
            "hosts": [{"address": REDIS_URL, "socket_timeout": None}],
            "prefix": "live",
            "symmetric_encryption_keys": [SECRET_KEY],
        },
    }
}

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedManifestStaticFilesStorage"},
}
STATIC_URL = "static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
SERVESTATIC_USE_MANIFEST = not DEBUG
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "media/"


# Background work

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://")
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "global_keyprefix": "work:",
    # Whoever posts a question rings for a worker: a Redis that is silent must not keep them waiting for ever.
    "socket_connect_timeout": 1,
    "socket_timeout": 1,
}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Mail that is printed is no warning.
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY = False


# People

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = "handle"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = environment.text("EMAIL_VERIFICATION", "optional")
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_RATE_LIMITS = {"reset_password": "20/m/ip,5/h/key"}
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignupForm",
    "login": "accounts.forms.LoginForm",
    "add_email": "accounts.forms.AddEmailForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = environment.number("TRUSTED_PROXIES", 0)
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_FORMS = {"signup": "accounts.forms.SocialSignupForm"}


def _provider(name: str, **options: object) -> dict[str, object]:
    """A provider is offered only when its keys are there; its addresses can be moved, which the tests do."""
    client, secret = environment.text(f"{name}_CLIENT_ID"), environment.text(f"{name}_CLIENT_SECRET")
    moved = {
        key: url
        for key in (
            "AUTHORIZE_URL",
            "ACCESS_TOKEN_URL",
            "IDENTITY_URL",
            "CERTS_URL",
            "ID_TOKEN_ISSUER",
            "GRAPH_API_URL",
        )
        if (url := environment.text(f"{name}_{key}"))
    }
    return {"APPS": [{"client_id": client, "secret": secret}] if client and secret else [], **options, **moved}


SOCIALACCOUNT_PROVIDERS = {
    "google": _provider("GOOGLE", SCOPE=["openid", "profile", "email"], OAUTH_PKCE_ENABLED=True),
    "facebook": _provider(
        "FACEBOOK", SCOPE=["email", "public_profile"], FIELDS=["id", "email", "name"], VERSION="v24.0", METHOD="oauth2"
    ),
}

EMAIL_URL = environment.text("EMAIL_URL", "consolemail://")
_EMAIL = environ.Env.email_url_config(EMAIL_URL)
EMAIL_BACKEND = _EMAIL["EMAIL_BACKEND"]
EMAIL_HOST, EMAIL_PORT = _EMAIL.get("EMAIL_HOST") or "localhost", _EMAIL.get("EMAIL_PORT") or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _EMAIL.get("EMAIL_HOST_USER") or "", _EMAIL.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL.get("EMAIL_USE_TLS", False), _EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_FILE_PATH = _EMAIL.get("EMAIL_FILE_PATH") or None
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = environment.text("DEFAULT_FROM_EMAIL", f"Roundtable <no-reply@{urlsplit(SITE_URL).hostname}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL


# The assistant

OPENAI_BASE_URL = environment.text("OPENAI_BASE_URL", "https://api.openai.com/v1")
OPENAI_API_KEY = environment.text("OPENAI_API_KEY")
AI_MODEL = environment.text("AI_MODEL", "gpt-6-sol")
AI_PROMPT_BUDGET = environment.number("AI_PROMPT_BUDGET", 16_000)
AI_MAX_OUTPUT = environment.number("AI_MAX_OUTPUT", 1_200)


# What browsers may do

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_NAME = "__Host-session" if SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE else "csrf"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_SSL_REDIRECT = SECURE and environment.flag("SSL_REDIRECT", True)
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if environment.flag("BEHIND_TLS_PROXY", PRODUCTION) else None
)
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "chatsite.views.csrf_failure"

_FORM_TARGETS = ["https://accounts.google.com", "https://www.facebook.com"]
_MOVED_TARGETS = [
    f"{u.scheme}://{u.netloc}"
    for name in ("GOOGLE", "FACEBOOK")
    if (u := urlsplit(environment.text(f"{name}_AUTHORIZE_URL"))).netloc
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, "'strict-dynamic'"],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "media-src": [SELF, "blob:"],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        # Browsers apply form-action to the redirect that follows the POST to a provider's start page.
        "form-action": [SELF, *_FORM_TARGETS, *_MOVED_TARGETS],
    }
}

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

UNFOLD = {"SITE_TITLE": "Roundtable", "SITE_HEADER": "Roundtable", "SITE_URL": "/", "SHOW_HISTORY": False}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname:<7} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": environment.text("LOG_LEVEL", "INFO")},
    "loggers": {"httpx2": {"level": "WARNING"}, "openai": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}

os.environ.setdefault("PGCONNECT_TIMEOUT", "3")
