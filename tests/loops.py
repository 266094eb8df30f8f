"""Coroutines in tests that are none."""

import asyncio
from concurrent.futures import ThreadPoolExecutor


def waited(coroutine):
    """What comes of it, in a thread of its own: in this one the loop of a browser may run."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
