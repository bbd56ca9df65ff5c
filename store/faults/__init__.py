"""Faults: whose they are, and whether the store can be used."""

from store.faults.classification import (
    Owner,
    is_denied,
    is_device_error,
    is_out_of_memory,
    outage,
    owner_of,
)

__all__ = [
    "Owner",
    "is_denied",
    "is_device_error",
    "is_out_of_memory",
    "outage",
    "owner_of",
]
