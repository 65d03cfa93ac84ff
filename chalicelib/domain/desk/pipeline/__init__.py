"""One decision to enter: the inputs, the stages that judge them, and what is stored of it."""
