"""Addresses of people; signing up, in and out are allauth's, under accounts/."""

from django.urls import path

from accounts import views

urlpatterns = [
    path("profile/", views.profile, name="profile"),
    path("profile/theme/", views.theme, name="theme"),
    path("people/<str:handle>/", views.person, name="person"),
    path("avatars/<uuid:user_id>/<slug:digest>.webp", views.avatar, name="avatar"),
]
