"""The authority's side: who refuses is not who asks, and lies on a machine of its own."""
