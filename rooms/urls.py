"""The addresses of the conversation."""

from django.urls import path

from rooms.views import directory, invites, members, messages, rooms

urlpatterns = [
    path("jump/", directory.jump, name="jump"),
    path("rooms/", directory.room_list, name="room_list"),
    path("rooms/new/", rooms.room_create, name="room_create"),
    path("rooms/sidebar/", directory.room_sidebar, name="room_sidebar"),
    path("rooms/<str:slug>/", messages.room, name="room"),
    path("rooms/<str:slug>/<int:seq>", messages.room, name="message"),
    path("rooms/<str:slug>/messages/", messages.message_page, name="message_page"),
    path("rooms/<str:slug>/join/", members.room_join, name="room_join"),
    path("rooms/<str:slug>/leave/", members.room_leave, name="room_leave"),
    path("rooms/<str:slug>/settings/", rooms.room_settings, name="room_settings"),
    path("rooms/<str:slug>/members/", members.room_members, name="room_members"),
    path("rooms/<str:slug>/members/<uuid:user>/", members.room_member, name="room_member"),
    path("rooms/<str:slug>/invites/", invites.invite_create, name="invite_create"),
    path("rooms/<str:slug>/invites/<int:pk>/revoke/", invites.invite_revoke, name="invite_revoke"),
    path("invite/<str:token>/", invites.invite, name="invite"),
]
