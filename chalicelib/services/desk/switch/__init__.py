"""The kill switch: what trips it, what it does to trades, until every account is flat."""
