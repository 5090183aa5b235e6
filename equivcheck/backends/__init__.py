"""The ways a side can live: in this process, in a program of its own, in a recording."""
