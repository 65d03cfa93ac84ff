"""Which of its owner's brokers a new trade goes to (W-03): what is asked for, else what the settings say."""

from chalicelib.domain.accounts import BrokerMode
from chalicelib.services.errors import FieldError, Invalid
from chalicelib.store.users.settings import UserSettings


def chosen_mode(rules: UserSettings, asked: BrokerMode | None) -> BrokerMode:
    """Return where a new trade goes; raises Invalid for a broker that its owner cannot trade at now."""
    if asked is None:
        return rules.effective_mode
    message = not_connected(rules, asked)
    if message is not None:
        raise Invalid([FieldError(field="broker_mode", message=message)])
    return asked


def not_connected(rules: UserSettings, mode: BrokerMode) -> str | None:
    """Return why no trade may begin at this broker now, None where one may."""
    if mode in rules.connected:
        return None
    is_switched_off = mode.is_live and rules.connection(mode).works_in is not None
    return "live trading is switched off" if is_switched_off else "this broker is not connected"
