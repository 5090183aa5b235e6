"""Generation 1 battles in JAX, as Pokemon Showdown plays them: README.md says how far it has come."""
