"""Face recognition that runs only on conditions.

Importing the package loads nothing heavy: no image library, no inference runtime. The whole
path of a use stands in `recognizance.desk`.
"""

__version__ = "0.1.0"
