"""The owner's own change of the password that an operator made up (A-17)."""

from sqlalchemy import Connection

from chalicelib.domain.people import name_of
from chalicelib.security.cognito_client import SignedIn
from chalicelib.security.errors import PasswordRefused, SigninRefused
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.services.raise_alert import Severity
from chalicelib.services.sign_in.second_factor import Person, check_code, is_set_up, prove, tell_owner
from chalicelib.store.users import people


def change(
    person: Person, password: str, new_password: str, code: str | None, *, session_id: str | None
) -> SignedIn | None:
    """Change the password and end all sessions but the one of this token; raises Invalid.

    Returns a new session in place of the caller's, None where a code would be needed twice: Cognito takes
    each once, and the caller's token then lasts as long as it is good.
    """
    if is_set_up(person):
        check_code(person, code)
    session = prove(person, password, code)
    try:
        person.signin.change_password(session.access_token, password, new_password)
    except PasswordRefused as refused:
        rule = "needs 12 characters with small and capital letters and a digit, and to be new"
        raise Invalid([FieldError(field="new_password", message=rule)]) from refused
    person.signin.sign_out_everywhere(session.access_token)

    def work(connection: Connection) -> None:
        people.end_sessions(connection, person.username, person.now, kept_session=session_id)
        said = "Your password was changed; other sessions have ended."
        tell_owner(person.env, connection, person.username, said, severity=Severity.WARNING)

    person.run(work)
    try:
        return person.signin.sign_in(name_of(person.username), new_password, None)
    except SigninRefused:
        return None
