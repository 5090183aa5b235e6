"""What battles exercised: moves, species, statuses, volatiles, and interactions of rules, told from Steps of the reference."""
