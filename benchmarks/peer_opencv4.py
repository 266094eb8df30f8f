"""OpenCV 4's FaceDetectorYN and FaceRecognizerSF, as another process that answers questions.

Runs in an environment of its own, because OpenCV 5 cannot load that SFace file and the two do not
fit into one. Reads one JSON object a line from standard input and answers each with one line:
`{"path": ..., "what": "faces"}` with all faces, `"what": "features"` with the feature of the
largest, timed from file to feature.

    python benchmarks/peer_opencv4.py DETECTOR.onnx RECOGNISER.onnx
"""

from __future__ import annotations

import json
import sys
import time

import cv2

SCORE, OVERLAP, MOST = 0.9, 0.3, 5000  # the defaults of FaceDetectorYN.create


def main() -> None:
    """Answer until standard input ends."""
    cv2.setNumThreads(1)
    detector = cv2.FaceDetectorYN.create(sys.argv[1], "", (320, 320), SCORE, OVERLAP, MOST)
    recogniser = cv2.FaceRecognizerSF.create(sys.argv[2], "")
    print(json.dumps({"opencv": cv2.__version__}), flush=True)
    for line in sys.stdin:
        question = json.loads(line)
        start, start_cpu = time.perf_counter(), time.process_time()
        picture = cv2.imread(question["path"])
        detector.setInputSize((picture.shape[1], picture.shape[0]))
        faces = detector.detect(picture)[1]
        faces = [] if faces is None else faces
        if question["what"] == "faces":
            answer: dict[str, object] = {"faces": [face.tolist() for face in faces]}
        else:
            face = max(faces, key=lambda each: each[2] * each[3])
            feature = recogniser.feature(recogniser.alignCrop(picture, face))
            answer = {
                "ms": (time.perf_counter() - start) * 1e3,
                "cpu_ms": (time.process_time() - start_cpu) * 1e3,
                "feature": feature[0].tolist(),
            }
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
