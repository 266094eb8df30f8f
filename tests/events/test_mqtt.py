"""MQTT against a real broker: what is published, kept, and said when the program dies."""

import json
import subprocess
import sys
import threading

import paho.mqtt.client as paho
import pytest
from newsroom import Feed, Mosquitto, event, wait_for
from paho.mqtt.enums import CallbackAPIVersion

from recognizance.errors import DeliveryError, InputError
from recognizance.events import Courier, Cursors, Kind
from recognizance.events.mqtt import Mqtt

WORD = "open-sesame"


class Listener:
    """Somebody else at the broker."""

    def __init__(self, port: int, topic: str = "#", **login: str) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
        subscribed = threading.Event()
        self.client = paho.Client(CallbackAPIVersion.VERSION2)
        if login:
            self.client.username_pw_set(**login)
        self.client.on_message = lambda _c, _u, m: self.heard.append((m.topic, m.payload, m.retain))
        self.client.on_subscribe = lambda *_: subscribed.set()
        self.client.connect("127.0.0.1", port)
        self.client.loop_start()
        self.client.subscribe(topic, qos=1)
        assert subscribed.wait(10)

    def of(self, topic: str) -> list[bytes]:
        return [payload for each, payload, _ in self.heard if each == topic]

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()


def test_events_state_and_discovery_reach_a_broker(tmp_path):
    with Mosquitto(tmp_path) as broker:
        listener = Listener(broker.port)
        mqtt = Mqtt(f"mqtt://127.0.0.1:{broker.port}", "p1")
        mqtt.open()
        for told in (event(1, Kind.STARTED), event(2), event(3, Kind.STOPPED)):
            mqtt.send(told)
        wait_for(lambda: len(listener.of("recognizance/p1/state")) == 2)
        assert [json.loads(e)["id"] for e in listener.of("recognizance/p1/event")] == [
            "w1-uses-1", "w1-uses-2", "w1-uses-3",
        ]  # fmt: skip
        assert listener.of("recognizance/p1/state") == [b"running", b"stopped"]
        mqtt.close()
        wait_for(lambda: listener.of("recognizance/p1/availability") == [b"online", b"offline"])
        listener.close()
        late = Listener(broker.port)  # who comes later sees what is kept, and no event
        wait_for(lambda: len(late.heard) >= 3)
        assert {topic for topic, _, retained in late.heard if retained} == {
            "homeassistant/device/recognizance_p1/config",
            "recognizance/p1/state",
            "recognizance/p1/availability",
        }
        late.close()


def test_a_watch_that_ends_beside_others_does_not_say_that_they_stopped(tmp_path):
    ended = (event(2, Kind.ENDED, others_go_on=True), event(3, Kind.ENDED))
    with Mosquitto(tmp_path) as broker:
        listener = Listener(broker.port)
        mqtt = Mqtt(f"mqtt://127.0.0.1:{broker.port}", "p1")
        for told, states in zip((event(1, Kind.STARTED), *ended), (1, 1, 2), strict=True):
            mqtt.send(told)
            wait_for(lambda so_far=states: len(listener.of("recognizance/p1/state")) == so_far)
        assert len(listener.of("recognizance/p1/event")) == 3
        assert listener.of("recognizance/p1/state") == [b"running", b"stopped"]
        mqtt.close()
        listener.close()


def test_home_assistant_is_told_of_topics_that_are_used():
    """Keys of the device discovery message and of its components, as its documentation has them."""
    told = Mqtt("mqtt://127.0.0.1/own/prefix", "p1").discovery()
    assert told["device"]["identifiers"] == ["recognizance_p1"]
    assert told["origin"]["name"] == "recognizance"
    components = told["components"]
    assert components["event"]["platform"] == "event"
    assert components["event"]["state_topic"] == "own/prefix/p1/event"
    assert set(components["event"]["event_types"]) == {kind.value for kind in Kind}
    assert components["running"]["platform"] == "binary_sensor"
    assert len({each["unique_id"] for each in components.values()}) == 2
    assert told["availability_topic"] == "own/prefix/p1/availability"


def test_the_last_will_speaks_for_a_program_that_died(tmp_path):
    with Mosquitto(tmp_path) as broker:
        listener = Listener(broker.port, "recognizance/p1/availability")
        program = (
            "import os\nfrom recognizance.events.mqtt import Mqtt\n"
            f"Mqtt('mqtt://127.0.0.1:{broker.port}', 'p1').open()\nos._exit(1)"
        )
        subprocess.run([sys.executable, "-c", program], check=False)
        wait_for(lambda: [each for _, each, _ in listener.heard] == [b"online", b"offline"])
        listener.close()


def test_a_broker_that_was_away_gets_what_it_missed(tmp_path):
    with Mosquitto(tmp_path) as broker:
        broker.stop()
        feed, cursors = Feed(), Cursors(tmp_path / "events.db")
        courier = Courier(
            Mqtt(f"mqtt://127.0.0.1:{broker.port}", "p1"), feed, cursors, tmp_path / "lock"
        )
        feed.add(1)
        wait_for(lambda: courier.trouble is not None)
        missed, feed.events = feed.events, []  # until somebody listens, or it is told to nobody
        broker.start()
        listener = Listener(broker.port)
        feed.events = missed
        wait_for(lambda: len(listener.of("recognizance/p1/event")) == 1, 90)
        assert courier.close()
        listener.close()
        cursors.close()


def test_a_password_lets_in_and_a_wrong_one_does_not(tmp_path):
    with Mosquitto(tmp_path, users={"rec": WORD}) as broker:
        url = f"mqtt://rec@127.0.0.1:{broker.port}"
        mqtt = Mqtt(url, "p1", password=WORD)
        mqtt.send(event(1))
        mqtt.close()
        with pytest.raises(DeliveryError):
            Mqtt(url, "p1", password=WORD[::-1], patience_s=1).open()


@pytest.mark.parametrize(
    "url",
    [
        "http://broker",
        "mqtt://",
        "mqtt://[b",
        "mqtt://user:secret@broker",
        "mqtt://b/#",
        "mqtt://b:x",
    ],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InputError):
        Mqtt(url, "p1")
