"""Logging in: with a password, a passkey or an organisation's own login; sessions, and keys.

Every way ends in `arriving.let_in`: the login is recorded, a new session begins, and what was in
the browser before is worth nothing any more. What a principal may do, none of them says: that
stands in the ledger.
"""
