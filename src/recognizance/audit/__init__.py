"""Error rates by demographic group, of any system: pure functions over arrays.

Labels come with the data and are never inferred. The room takes scores and knows no pixels.
"""
