"""Log lines go to whatever standard error is when they are written."""

import io
import sys

import structlog

from recognizance.observe import configure, logger


def test_a_line_goes_to_standard_error_as_it_is_now(monkeypatch):
    before, after = io.StringIO(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", before)
    configure("info")
    before.close()
    monkeypatch.setattr(sys, "stderr", after)
    try:
        logger().info("source_lost", count=1, name="somebody")
    finally:
        structlog.reset_defaults()
    assert '"event": "source_lost"' in after.getvalue()
    assert "somebody" not in after.getvalue()
