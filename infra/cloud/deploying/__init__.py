"""From a working tree to a running stage and back: plan, migrate, stack, page, smoke test, roll back."""
