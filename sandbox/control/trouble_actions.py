"""The troubles over HTTP; each answers with all that is wrong then."""

from collections.abc import Callable

from sandbox.control.control import Control
from sandbox.state.json_object import JsonObject
from sandbox.state.rate_limits import DEFAULT_LIMITS

TroubleAction = Callable[[Control, JsonObject], JsonObject]
_Act = Callable[[Control, JsonObject], JsonObject | None]


def _push(control: Control, body: JsonObject) -> JsonObject:
    return {"update": control.push(body["update"])}


def _fault(control: Control, body: JsonObject) -> None:
    control.fault(**body)


def _deny(control: Control, body: JsonObject) -> None:
    control.deny(control.world.chat(body["chat"]), *body["kinds"])


def _leave_webhook(control: Control, body: JsonObject) -> None:
    control.leave_webhook(str(body["url"]))


def _second_poller(control: Control, body: JsonObject) -> None:
    control.second_poller(float(body["seconds"]))


def _neighbour(control: Control, body: JsonObject) -> None:
    control.neighbour_says(control.world.chat(body["chat"]), str(body["text"]))


def _slow(control: Control, body: JsonObject) -> None:
    control.slow_down(float(body["seconds"]))


def _privacy(control: Control, body: JsonObject) -> None:
    control.world.privacy = bool(body["on"])


def _local(control: Control, body: JsonObject) -> None:
    control.local_mode(bool(body["on"]))


def _limits(control: Control, body: JsonObject) -> None:
    control.world.rate_limiter.limits = DEFAULT_LIMITS if body["on"] else None


def _advance(control: Control, body: JsonObject) -> JsonObject:
    control.clock.advance(float(body["seconds"]))
    return {"now": control.clock.now()}


def _end_troubles(control: Control, body: JsonObject) -> None:
    control.end_troubles()


def _then_told(act: _Act) -> TroubleAction:
    def do(control: Control, body: JsonObject) -> JsonObject:
        return {**(act(control, body) or {}), **control.troubles()}

    return do


_ACTIONS: dict[str, _Act] = {
    "push": _push,
    "fault": _fault,
    "deny": _deny,
    "leave_webhook": _leave_webhook,
    "second_poller": _second_poller,
    "neighbour": _neighbour,
    "slow": _slow,
    "privacy": _privacy,
    "limits": _limits,
    "local": _local,
    "advance": _advance,
    "end_troubles": _end_troubles,
}
TROUBLES = {name: _then_told(act) for name, act in _ACTIONS.items()}
