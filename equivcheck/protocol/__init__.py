"""The wire and the trace file: bytes in, events out; no pipes, no clock."""
