"""Spoils nothing: the control."""

from __future__ import annotations

from wire import Adapter

Adapter().serve()
