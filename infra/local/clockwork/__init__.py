"""Product time, schedules and delayed messages."""
