"""What the service itself keeps: accounts, sessions, keys, jobs. Nothing of a face is in it."""

from recognizance.service.store.database import Store

__all__ = ["Store"]
