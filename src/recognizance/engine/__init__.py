"""The engine room: pixels to features. The only room that touches pictures and runtimes.

Importing it loads OpenCV and Pillow; an inference runtime is loaded with the first `Engine`.
"""

from recognizance.engine.image import ImageLimits, decode
from recognizance.engine.models import ModelCard, ModelFile, shipped_models
from recognizance.engine.pipeline import Engine

__all__ = ["Engine", "ImageLimits", "ModelCard", "ModelFile", "decode", "shipped_models"]
