"""What Showdown's own functions answered: recorded by record.mjs, read by cases.py."""
