"""Keeping a workspace: one file that holds it as it was at one moment, and the way back.

A backup holds what a process that died at that moment would have left behind; opening a workspace
settles exactly that. It holds nothing that opens it: the workspace's key stays in the key folder.
"""

from recognizance.keeping.backup import Backup, back_up
from recognizance.keeping.examine import Known, check_backup
from recognizance.keeping.manifest import Manifest, Part
from recognizance.keeping.restore import Restored, restore

__all__ = ["Backup", "Known", "Manifest", "Part", "Restored", "back_up", "check_backup", "restore"]
