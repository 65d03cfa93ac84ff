"""An authenticator app, as a person carries one: the code of a secret at an instant."""

from dataclasses import dataclass

from chalicelib.security import totp
from chalicelib.store.users import second_factor
from tests.api.support import Api

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@dataclass
class AppOf:
    """One person's app; `code` is the present one by the machine's time."""

    api: Api
    username: str
    secret: str = SECRET

    def set_up(self) -> None:
        """Store the secret as a confirmed one is."""
        env = self.api.environment
        sealed = env.sealer.seal(self.secret, owner=self.username, field=second_factor.SEALED)
        with env.database.transaction(self.username) as connection:
            second_factor.confirm(connection, self.username, sealed)

    def code(self, *, steps: int = 0) -> str:
        """Return the code of now, or of some steps away."""
        return totp.code_at(self.secret, int(self.api.machine_now.timestamp()) // totp.STEP_SECONDS + steps)
