"""The operator's side of a permit: proposed, asked for, put into force, overseen, renewed."""
