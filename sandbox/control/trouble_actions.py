"""The troubles over HTTP; each answers with all that is wrong then."""

from collections.abc import Callable

from sandbox.control.control import Control
from sandbox.state.json_object import JsonObject
from sandbox.state.rate_limits import DEFAULT_LIMITS

TroubleAction = Callable[[Control, JsonObject], JsonObject]


def _push(control: Control, body: JsonObject) -> JsonObject:
    return {"update": control.push(body["update"]), **control.troubles()}


def _fault(control: Control, body: JsonObject) -> JsonObject:
    control.fault(**body)
    return control.troubles()


def _deny(control: Control, body: JsonObject) -> JsonObject:
    control.deny(control.world.chat(body["chat"]), *body["kinds"])
    return control.troubles()


def _leave_webhook(control: Control, body: JsonObject) -> JsonObject:
    control.leave_webhook(str(body["url"]))
    return control.troubles()


def _second_poller(control: Control, body: JsonObject) -> JsonObject:
    control.second_poller(float(body["seconds"]))
    return control.troubles()


def _neighbour(control: Control, body: JsonObject) -> JsonObject:
    control.neighbour_says(control.world.chat(body["chat"]), str(body["text"]))
    return control.troubles()


def _slow(control: Control, body: JsonObject) -> JsonObject:
    control.slow_down(float(body["seconds"]))
    return control.troubles()


def _privacy(control: Control, body: JsonObject) -> JsonObject:
    control.world.privacy = bool(body["on"])
    return control.troubles()


def _limits(control: Control, body: JsonObject) -> JsonObject:
    control.world.rate_limiter.limits = DEFAULT_LIMITS if body["on"] else None
    return control.troubles()


def _advance(control: Control, body: JsonObject) -> JsonObject:
    control.clock.advance(float(body["seconds"]))
    return {"now": control.clock.now(), **control.troubles()}


def _end_troubles(control: Control, body: JsonObject) -> JsonObject:
    control.end_troubles()
    return control.troubles()


TROUBLES: dict[str, TroubleAction] = {
    "push": _push,
    "fault": _fault,
    "deny": _deny,
    "leave_webhook": _leave_webhook,
    "second_poller": _second_poller,
    "neighbour": _neighbour,
    "slow": _slow,
    "privacy": _privacy,
    "limits": _limits,
    "advance": _advance,
    "end_troubles": _end_troubles,
}
