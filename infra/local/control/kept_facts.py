"""What the product keeps of vendors for a day goes once a tester moved the market (B-16)."""

import psycopg


def forget_underlying_facts(owner_url: str) -> None:
    """Have bars, earnings and dividends read anew."""
    with psycopg.connect(owner_url) as connection:
        connection.execute("delete from underlying_facts")
