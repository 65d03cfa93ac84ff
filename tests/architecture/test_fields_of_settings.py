"""What an owner changes of settings is told once: the row, and what a cleared field falls back to, follow."""

from typing import get_type_hints

from chalicelib.services.users.settings import DEFAULTS
from chalicelib.store.schema import user_settings
from chalicelib.store.users.sealed import SealedFacts
from chalicelib.store.users.settings import SettingsFacts, UserSettings

#: Changed by calls of their own: the live switch, channels and switches of alerts, which are made of what
#: their owner names.
NOT_PLAIN = {"live_enabled", "alert_channels", "alerts_off"}


def test_what_can_be_cleared_is_each_fact_that_has_no_call_of_its_own() -> None:
    facts = get_type_hints(SettingsFacts)

    assert DEFAULTS.keys() == facts.keys() - NOT_PLAIN
    assert all(type(value) is facts[name] for name, value in DEFAULTS.items())


def test_facts_of_settings_are_columns_with_the_types_of_the_value() -> None:
    """The channels' column holds their entries."""
    of_the_value = get_type_hints(UserSettings)

    for name, wanted in get_type_hints(SettingsFacts).items():
        assert name in user_settings.c
        assert name == "alert_channels" or of_the_value[name] == wanted, name
    assert SealedFacts.__annotations__.keys() <= set(user_settings.c.keys())
