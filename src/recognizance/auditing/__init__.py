"""An audit for somebody: photographs or another system, the audit room, a record, the files.

The audit room takes arrays and tables; what opens pictures, calls other systems and writes files
is here. An audit identifies nobody and needs no permit. Where there is a workspace it is recorded
there before its report is written, as every use of a face is.
"""
