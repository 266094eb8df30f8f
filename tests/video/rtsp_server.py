"""A camera that speaks RTSP: GStreamer's server, with a test picture. For the system's Python.

Arguments: a port, 0 for any, and the width of the picture. Prints the port.
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402  # after the versions

CAMERA = (
    "( videotestsrc is-live=1 ! video/x-raw,width={width},height=120,framerate=25/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10"
    " ! rtph264pay name=pay0 pt=96 config-interval=1 )"
)


def serve(port: str, width: str) -> None:
    server = GstRtspServer.RTSPServer(address="127.0.0.1", service=port)
    factory = GstRtspServer.RTSPMediaFactory(shared=True)
    factory.set_launch(CAMERA.format(width=width))
    server.get_mount_points().add_factory("/cam", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)  # noqa: T201  # how the test learns it
    GLib.MainLoop().run()


Gst.init(None)
if sys.argv[1] == "--check":
    sys.exit(0 if Gst.ElementFactory.find("x264enc") else 1)
serve(*sys.argv[1:3])
