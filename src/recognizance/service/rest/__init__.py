"""Our own API, version 1: the verbs of the command line as resources under `/v1`.

Each part has a router of its own with its full paths: an included router inside another one hides
the paths of its routes from whoever counts requests or lists routes.
"""

from recognizance.service.rest import uses

PARTS = (uses,)
