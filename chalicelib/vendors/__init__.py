"""What the line to any outside party needs: HTTP, JSON, time limits, call budgets, errors."""
