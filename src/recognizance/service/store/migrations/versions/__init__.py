"""The migrations, one after the other; none of them is ever changed."""
