"""Every address of the site, app by app."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from chatsite import views

urlpatterns = [
    path("", views.home, name="home"),
    path("welcome/", views.first_run, name="first_run"),
    path("livez", views.livez, name="livez"),
    path("readyz", views.readyz, name="readyz"),
    path("metrics", views.metrics, name="metrics"),
    path("accounts/", include("allauth.urls")),
    path("", include("accounts.urls")),
    path("", include("rooms.urls")),
    path("", include("aibot.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "chatsite.views.bad_request"
handler500 = "chatsite.views.server_error"

if settings.DEBUG:
    from django.contrib.staticfiles.urls import staticfiles_urlpatterns

    urlpatterns += staticfiles_urlpatterns()
