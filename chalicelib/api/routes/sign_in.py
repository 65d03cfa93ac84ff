"""Calls on one's own way in: second factor and password."""

from typing import Final

from chalicelib.api.authentication import Access
from chalicelib.api.routing import Late, LateModels, Route

requests: Final = LateModels("requests")

SIGN_IN: Final = (
    Route(
        method="POST",
        path="/api/me/second-factor",
        name="begin_second_factor",
        summary="Return a secret for an authenticator app",
        handler=Late("own_sign_in", "begin"),
        access=Access.SESSION,
        body=requests.BeginFactorBody,
        answers={200: "NewFactor"},
        problems=("unavailable",),
    ),
    Route(
        method="POST",
        path="/api/me/second-factor/confirm",
        name="confirm_second_factor",
        summary="Set the second factor up with the app's first code",
        handler=Late("own_sign_in", "confirm"),
        access=Access.SESSION,
        body=requests.ConfirmFactorBody,
        answers={204: None},
        problems=("unavailable",),
    ),
    Route(
        method="DELETE",
        path="/api/me/second-factor",
        name="remove_second_factor",
        summary="Remove the second factor",
        handler=Late("own_sign_in", "remove"),
        access=Access.SESSION,
        body=requests.RemoveFactorBody,
        answers={204: None},
        problems=("unavailable",),
    ),
    Route(
        method="POST",
        path="/api/me/password",
        name="change_password",
        summary="Change the password; other sessions end",
        handler=Late("own_sign_in", "change_password"),
        access=Access.SESSION,
        body=requests.NewPasswordBody,
        answers={204: None},
        problems=("unavailable",),
        headers={"Set-Cookie": "A new refresh token, where no code is needed for one"},
    ),
)
