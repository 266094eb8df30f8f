"""The inputs of the eleven operations, with every limit that AWS documents.

boto3 checks what is required and of which type, and sends whatever else it is given; so patterns,
lengths and lists of words are checked here. Messages say where, never what: it may be a name.
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal
from pydantic_core import PydanticCustomError

from recognizance.service.aws.faults import Fault
from recognizance.service.aws.pictures import is_picture, size_of

MOST_BYTES: Final = 5_242_880
LEAST_PX: Final = 80
MOST_FACES: Final = 4096

_TOO_LARGE: Final = "ImageTooLargeException"
_FORMAT: Final = "InvalidImageFormatException"
_S3: Final = "InvalidS3ObjectException"
_BASE64: Final = "SerializationException"
_FAULTS: Final = frozenset({_TOO_LARGE, _FORMAT, _S3, _BASE64})
"""Our own kinds of error, named as the fault that they become."""


class QualityFilter(StrEnum):
    """How good a face has to be to be used at all."""

    NONE = "NONE"
    AUTO = "AUTO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"


class Attribute(StrEnum):
    """What a client may ask to be told of a face; most of it is never inferred here."""

    DEFAULT = "DEFAULT"
    ALL = "ALL"
    AGE_RANGE = "AGE_RANGE"
    BEARD = "BEARD"
    EMOTIONS = "EMOTIONS"
    EYE_DIRECTION = "EYE_DIRECTION"
    EYEGLASSES = "EYEGLASSES"
    EYES_OPEN = "EYES_OPEN"
    GENDER = "GENDER"
    MOUTH_OPEN = "MOUTH_OPEN"
    MUSTACHE = "MUSTACHE"
    FACE_OCCLUDED = "FACE_OCCLUDED"
    SMILE = "SMILE"
    SUNGLASSES = "SUNGLASSES"


def _from_base64(value: object) -> object:
    """Bytes of a blob; bounded before they are decoded."""
    if not isinstance(value, str):
        raise PydanticCustomError(_BASE64, "it is no base64")
    if len(value) > MOST_BYTES // 3 * 4 + 8:
        raise PydanticCustomError(_TOO_LARGE, "it is larger than 5,242,880 bytes")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise PydanticCustomError(_BASE64, "it is no base64") from error


def _picture(data: bytes) -> bytes:
    """A picture within the documented limits.

    Raises:
        PydanticCustomError: It is not.
    """
    if len(data) > MOST_BYTES:
        raise PydanticCustomError(_TOO_LARGE, "it is larger than 5,242,880 bytes")
    if not is_picture(data):
        raise PydanticCustomError(_FORMAT, "it is no JPEG or PNG picture")
    size = size_of(data)
    if size is not None and min(size) < LEAST_PX:
        raise PydanticCustomError("too_small", "it is smaller than 80 pixels a side")
    return data


class Shape(BaseModel):
    """An input; whatever it does not name is left aside, as AWS does."""

    model_config = ConfigDict(
        alias_generator=to_pascal, extra="ignore", strict=True, frozen=True, allow_inf_nan=False
    )


CollectionId = Annotated[str, Field(pattern=r"\A[a-zA-Z0-9_.\-]{1,255}\z")]
FaceId = Annotated[str, Field(pattern=r"\A[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\z")]
ExternalImageId = Annotated[str, Field(pattern=r"\A[a-zA-Z0-9_.\-:]{1,255}\z")]
UserId = Annotated[str, Field(pattern=r"\A[a-zA-Z0-9_.\-:]{1,128}\z")]
NextToken = Annotated[str, Field(max_length=255)]
MaxResults = Annotated[int, Field(ge=0, le=4096)]
Percent = Annotated[float, Field(ge=0, le=100)]
Attributes = Annotated[
    list[Annotated[Attribute, Field(strict=False)]], Field(max_length=len(Attribute))
]
Filter = Annotated[QualityFilter, Field(strict=False)]
FaceIds = Annotated[list[FaceId], Field(min_length=1, max_length=MOST_FACES)]


class Image(Shape):
    """A picture, as bytes. One that lies in a bucket is never fetched."""

    bytes_: Annotated[bytes, BeforeValidator(_from_base64), AfterValidator(_picture)] | None = (
        Field(default=None, alias="Bytes")
    )
    s3_object: dict[str, object] | None = None


def _with_bytes(image: Image) -> Image:
    """An image that was sent with the request.

    Raises:
        PydanticCustomError: It was not.
    """
    if image.s3_object is not None:
        raise PydanticCustomError(_S3, "nothing is fetched from anywhere; send the picture's bytes")
    if image.bytes_ is None:
        raise PydanticCustomError("missing_bytes", "it has no bytes")
    return image


Picture = Annotated[Image, AfterValidator(_with_bytes)]


class CreateCollection(Shape):
    """Tags are checked and not kept."""

    collection_id: CollectionId
    tags: Annotated[dict[str, str], Field(max_length=200)] | None = None


class ListCollections(Shape):
    """Those that the key names."""

    next_token: NextToken | None = None
    max_results: MaxResults | None = None


class DescribeCollection(Shape):
    """One of them."""

    collection_id: CollectionId


class DeleteCollection(Shape):
    """One of them, with everybody in it."""

    collection_id: CollectionId


class IndexFaces(Shape):
    """The largest face of a picture, as one person's."""

    collection_id: CollectionId
    image: Picture
    external_image_id: ExternalImageId | None = None
    detection_attributes: Attributes | None = None
    max_faces: Annotated[int, Field(ge=1)] | None = None
    quality_filter: Filter = QualityFilter.AUTO


class ListFaces(Shape):
    """Who is in a collection."""

    collection_id: CollectionId
    next_token: NextToken | None = None
    max_results: MaxResults | None = None
    user_id: UserId | None = None
    face_ids: FaceIds | None = None


class DeleteFaces(Shape):
    """Single references."""

    collection_id: CollectionId
    face_ids: FaceIds


class SearchFacesByImage(Shape):
    """Who could the largest face of a picture be?"""

    collection_id: CollectionId
    image: Picture
    max_faces: Annotated[int, Field(ge=1, le=MOST_FACES)] | None = None
    face_match_threshold: Percent = 80.0
    quality_filter: Filter = QualityFilter.NONE


class SearchFaces(Shape):
    """Who else looks like a reference?"""

    collection_id: CollectionId
    face_id: FaceId
    max_faces: Annotated[int, Field(ge=1, le=MOST_FACES)] | None = None
    face_match_threshold: Percent = 80.0


class CompareFaces(Shape):
    """Is the largest face of one picture among those of the other?"""

    source_image: Picture
    target_image: Picture
    similarity_threshold: Percent = 80.0
    quality_filter: Filter = QualityFilter.NONE


class DetectFaces(Shape):
    """Where are faces?"""

    image: Picture
    attributes: Attributes | None = None


S = TypeVar("S", bound=Shape)


def read(shape: type[S], body: bytes) -> S:
    """The input of an operation.

    Raises:
        Fault: It is malformed, or a limit is passed.
    """
    try:
        return shape.model_validate_json(body or b"{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        kind, where = first["type"], ".".join(str(each) for each in first["loc"])
        if kind == "json_invalid":
            raise Fault(_BASE64, "The body is no JSON.") from None
        if kind in _FAULTS:
            raise Fault(kind, f"{where}: {first['msg']}.") from None
        if kind.endswith("_type"):
            raise Fault(_BASE64, f"The value at '{where}' is of another type.") from None
        raise Fault(
            "InvalidParameterException",
            f"{error.error_count()} validation error detected: the value at '{where}' failed to "
            f"satisfy constraint: {first['msg']}",
        ) from None
