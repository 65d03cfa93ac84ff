"""A broker's side of orders and accounts, whoever it is: what is taken, filled, refused and held."""
