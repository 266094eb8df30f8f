"""A template that people carry with them in one code; nothing of it stays with the operator."""
