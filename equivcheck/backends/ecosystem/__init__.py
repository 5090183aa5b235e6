"""Environments of other people's libraries."""
