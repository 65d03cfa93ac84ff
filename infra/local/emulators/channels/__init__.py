"""The vendors that alerts go to: Telegram's Bot API and Discord's web hooks, as far as they are used."""
