"""The addresses of the assistant."""

from django.urls import path

from aibot import views

urlpatterns = [
    path("messages/<uuid:pk>/stop/", views.answer_stop, name="answer_stop"),
    path("messages/<uuid:pk>/retry/", views.answer_retry, name="answer_retry"),
    path("rooms/<str:slug>/assistant/", views.room_assistant, name="room_assistant"),
]
