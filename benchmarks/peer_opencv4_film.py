"""The plain loop: OpenCV 4 detects on every picture of a film and makes a feature of every face.

Runs in an environment of its own, like `peer_opencv4.py`, on all cores that it is given. Writes one
JSON object a line: for each picture its faces with their features, and at the end how long it took.

    python benchmarks/peer_opencv4_film.py DETECTOR.onnx RECOGNISER.onnx FILM [SECONDS]
"""

from __future__ import annotations

import json
import os
import sys
import time

import cv2

SCORE, OVERLAP, MOST = 0.9, 0.3, 5000  # the defaults of FaceDetectorYN.create


def main() -> None:
    """Play the film once, or as long as was asked for."""
    cv2.setNumThreads(len(os.sched_getaffinity(0)))
    detector = cv2.FaceDetectorYN.create(sys.argv[1], "", (320, 320), SCORE, OVERLAP, MOST)
    recogniser = cv2.FaceRecognizerSF.create(sys.argv[2], "")
    most_s = float(sys.argv[4]) if len(sys.argv) > 4 else float("inf")
    film = cv2.VideoCapture(sys.argv[3], cv2.CAP_FFMPEG)
    pictures, start, start_cpu = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < most_s:
        there, picture = film.read()
        if not there:
            break
        detector.setInputSize((picture.shape[1], picture.shape[0]))
        found = detector.detect(picture)[1]
        found = [] if found is None else found
        faces = [
            {
                "box": [float(side) for side in face[:4]],
                "feature": recogniser.feature(recogniser.alignCrop(picture, face))[0].tolist(),
            }
            for face in found
        ]
        print(json.dumps(faces))
        pictures += 1
    seconds, cpu_s = time.perf_counter() - start, time.process_time() - start_cpu
    print(json.dumps({"pictures": pictures, "seconds": seconds, "cpu_s": cpu_s}))


if __name__ == "__main__":
    main()
