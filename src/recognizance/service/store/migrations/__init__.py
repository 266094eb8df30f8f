"""Migrations of `service.db`, each a module of `versions`; see ADR-0014."""
