"""Devices in the household's network: recorded tables, days that pass, and the kernel's own table of a real network."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.neighbour_memory import HOME_DAYS, MOST_DEVICES, NeighbourMemory
from agent.platforms import linux_neighbours
from agent.platforms.linux_neighbours import told_by_ip, told_by_proc
from agent.ports import Scene
from agent.signs.sign import Sign
from agent.sources.neighbours import MOST_LISTED, RANDOMISED, UNKNOWN, Neighbours, Network

ROUTER, LAPTOP, PHONE, TABLET = "04:d4:c4:00:00:01", "00:03:93:11:22:33", "da:a1:19:00:00:07", "00:03:93:44:55:66"
CAFE = "02:00:5e:00:00:09"
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
PEER = """
set -e
ip link set lo up
unshare --net sleep 120 & peer=$!
trap 'kill $peer' EXIT
while [ "$(readlink /proc/$peer/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add home type veth peer name router
ip link set router netns $peer
ip address add 192.0.2.10/24 dev home
ip link set home up
nsenter --target $peer --net sh -c '
  ip link set router address 04:d4:c4:00:00:01 && ip address add 192.0.2.1/24 dev router && ip link set router up'
ip route add default via 192.0.2.1
"$0" -c "$1"
"""
LOOK = """
import json, secrets, socket, subprocess, time
from agent.neighbour_memory import NeighbourMemory
from agent.platforms import linux_neighbours
from agent.ports import Scene
from agent.sources.neighbours import Neighbours
ends = time.monotonic() + 60
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaking:
    while linux_neighbours.network() is None and time.monotonic() < ends:
        speaking.sendto(b"x", ("192.0.2.1", 9))
        time.sleep(0.1)
source = Neighbours(linux_neighbours.network, NeighbourMemory(None, "case", secrets.token_bytes))
told = [source.poll(Scene.nowhere())]
subprocess.run("ip neigh add 192.0.2.30 lladdr 00:03:93:11:22:33 nud reachable dev home", shell=True, check=True)
told.append(source.poll(Scene.nowhere()))
by_ip = linux_neighbours.network()
linux_neighbours.shutil.which, linux_neighbours._PLACES = lambda _: None, ()
by_proc = linux_neighbours.network()
print(json.dumps([[one.event, dict(one.details)] for some in told for one in some]))
print(by_ip == by_proc, by_ip.router, sorted(by_ip.neighbours))
"""


@dataclass
class Days:
    """A network and a day that the test sets."""

    router: str = ROUTER
    there: set[str] = field(default_factory=lambda: {ROUTER, LAPTOP})
    now: datetime = NOON

    def look(self) -> Network | None:
        return Network(self.router, frozenset(self.there)) if self.router else None

    def moment(self) -> datetime:
        return self.now


@pytest.fixture
def days() -> Days:
    return Days()


def entropy() -> Iterator[bytes]:
    number = 0
    while True:
        number += 1
        yield number.to_bytes(32)


def source(days: Days, file: Path | None = None, case: str = "case-1") -> Neighbours:
    drawn = entropy()
    return Neighbours(days.look, NeighbourMemory(file, case, lambda _: next(drawn)), days.moment)


def polled(found: Neighbours) -> list[Sign]:
    return list(found.poll(Scene.nowhere()))


def test_what_is_there_at_first_is_learned_and_a_new_one_is_told(days: Days) -> None:
    """Once, with its maker or that its address is made up; no address is in what is told."""
    found = source(days)
    (learned,) = polled(found)
    assert learned.event == "neighbours-learned"
    assert {"Apple, Inc.", "router, ASUSTek COMPUTER INC."} < set(learned.details.values())
    assert polled(found) == []
    days.there |= {PHONE}
    (new,) = polled(found)
    assert (new.event, new.severity, new.details["kind"]) == ("device-seen-first", 1, RANDOMISED)
    assert polled(found) == []
    days.there |= {"f0:00:0f:02:03:04"}
    assert [one.details["kind"] for one in polled(found)] == [UNKNOWN]
    told = repr([(one.text, one.details) for one in (learned, new)])
    assert not any(mac in told for mac in (ROUTER, LAPTOP, PHONE))


def test_once_a_day_all_are_listed_with_first_and_last_seen(days: Days) -> None:
    """Also one that left meanwhile; not one that left long ago."""
    found = source(days)
    polled(found)
    days.now, days.there = NOON + timedelta(hours=11), {ROUTER, LAPTOP, PHONE}
    (phone,) = [str(one.details["device"]) for one in polled(found)]
    days.now, days.there = NOON + timedelta(days=1), {ROUTER, LAPTOP}
    (told,) = polled(found)
    assert told.event == "neighbours-seen"
    assert told.details[phone] == "2026-05-04T23:00Z 2026-05-04T23:00Z"
    assert "2026-05-04T12:00Z 2026-05-05T12:00Z Apple, Inc." in told.details.values()
    assert polled(found) == []
    days.now = NOON + timedelta(days=3)
    (told,) = polled(found)
    assert phone not in told.details


def test_other_networks_are_left_alone_until_they_are_the_households_too(days: Days) -> None:
    """Strangers in a café are nobody's business; a second home shows by coming back."""
    found = source(days)
    polled(found)
    days.router, days.there = CAFE, {CAFE, TABLET}
    (other,) = polled(found)
    assert other.event == "network-other"
    assert set(other.details) == {"network"}
    assert polled(found) == []
    for day in range(1, HOME_DAYS):
        days.now = NOON + timedelta(days=day)
        told = polled(found)
    assert {one.event for one in told} == {"device-seen-first", "neighbours-seen"}
    days.router = ""
    assert polled(found) == []


def test_what_is_known_outlives_a_restart_and_not_the_case(days: Days, tmp_path: Path) -> None:
    """Ids are the same after a restart; for another case they are others. The file is private and holds no address."""
    file = tmp_path / "neighbours.json"
    (learned,) = polled(source(days, file))
    assert polled(source(days, file)) == []
    assert file.stat().st_mode & 0o077 == 0
    assert not any(mac in file.read_text() for mac in (ROUTER, LAPTOP))
    (anew,) = polled(source(days, file, "case-2"))
    assert anew.event == "neighbours-learned"
    assert json.loads(file.read_text())["case"] == "case-2"
    # A memory of another case draws another key. (This test's first draw is always the same, so it draws once more.)
    one, other = (NeighbourMemory(None, "case-1", lambda _, n=n: bytes([n]) * 32) for n in (1, 2))  # type: ignore[misc]
    assert one.id_of("device", LAPTOP) != other.id_of("device", LAPTOP)
    assert one.id_of("device", LAPTOP) != one.id_of("network", LAPTOP)
    assert learned.details


@pytest.mark.parametrize("damage", [b"", b"[]", b"{}", b'{"salt": "zz"}', b'{"salt": "00", "devices": {}}', b"\xff"])
def test_a_damaged_file_begins_anew(days: Days, tmp_path: Path, damage: bytes) -> None:
    """Nothing is lost but what was known."""
    file = tmp_path / "neighbours.json"
    file.write_bytes(damage)
    assert [one.event for one in polled(source(days, file))] == ["neighbours-learned"]


def test_a_flood_of_addresses_is_bounded(days: Days) -> None:
    """Somebody who makes up addresses fills neither memory nor a record."""
    found = source(days)
    days.there = {f"02:00:00:00:{number // 256:02x}:{number % 256:02x}" for number in range(MOST_DEVICES + 50)} | {
        ROUTER
    }
    (learned,) = polled(found)
    assert len(learned.details) == MOST_LISTED + 1
    assert len(found._memory.devices) == MOST_DEVICES


IP_ROUTES = [
    {"dst": "default", "dev": "tun0", "flags": []},
    {"dst": "default", "gateway": "192.168.1.1", "dev": "wlan0", "protocol": "dhcp", "metric": 600, "flags": []},
]
IP_NEIGHBOURS = [
    {"dst": "192.168.1.1", "dev": "wlan0", "lladdr": ROUTER.upper(), "state": ["REACHABLE"]},
    {"dst": "fe80::1", "dev": "wlan0", "lladdr": ROUTER, "router": None, "state": ["STALE"]},
    {"dst": "192.168.1.7", "dev": "wlan0", "lladdr": LAPTOP, "state": ["DELAY"]},
    {"dst": "192.168.1.8", "dev": "wlan0", "state": ["INCOMPLETE"]},
    {"dst": "192.168.1.9", "dev": "wlan0", "lladdr": TABLET, "state": ["FAILED"]},
    {"dst": "172.17.0.2", "dev": "docker0", "lladdr": "02:42:ac:11:00:02", "state": ["REACHABLE"]},
    {"dst": "224.0.0.251", "dev": "wlan0", "lladdr": "01:00:5e:00:00:fb", "state": ["PERMANENT"]},
]
ROUTES = """Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
wlan0	0001A8C0	00000000	0001	0	0	600	00FFFFFF	0	0	0
"""
ARP = f"""IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         {ROUTER}     *        wlan0
192.168.1.7      0x1         0x2         {LAPTOP}     *        wlan0
192.168.1.8      0x1         0x0         00:00:00:00:00:00     *        wlan0
172.17.0.2       0x1         0x2         02:42:ac:11:00:02     *        docker0
"""


def test_recorded_tables() -> None:
    """Only who answered, only in the router's network: no tunnels, containers, groups. Both tables say the same."""
    expected = Network(ROUTER, frozenset({ROUTER, LAPTOP}))
    assert told_by_ip(IP_ROUTES, IP_NEIGHBOURS) == expected
    assert told_by_proc(ROUTES, ARP) == expected


@pytest.mark.parametrize(
    "routes", [[], [{"dst": "default", "dev": "tun0"}], [{"gateway": "192.168.1.99", "dev": "wlan0"}]]
)
def test_without_a_router_that_is_known_there_is_no_network(routes: list[dict[str, object]]) -> None:
    """Offline, or behind a tunnel only."""
    assert told_by_ip(routes, IP_NEIGHBOURS) is None
    assert told_by_proc("", "") is None


def test_the_table_of_a_real_network(tmp_path: Path) -> None:
    """Two network namespaces with a cable between them: the router answers, then the kernel learns of another device.

    Where none can be made, this computer's own table is read in both ways.
    """
    apart = ["unshare", "--map-root-user", "--net"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        linux_neighbours.network()
        return
    command = [*apart, "sh", "-c", PEER, sys.executable, LOOK]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    told, table = done.stdout.splitlines()
    events = json.loads(told)
    assert [name for name, _ in events] == ["neighbours-learned", "device-seen-first"]
    assert "router, ASUSTek COMPUTER INC." in events[0][1].values()
    assert events[1][1]["kind"] == "Apple, Inc."
    assert table == f"True {ROUTER} {sorted([ROUTER, LAPTOP])}"
