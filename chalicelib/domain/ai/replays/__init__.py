"""A trader replayed over past minutes with answers that were given (C-09): the product's own rules, pure."""
