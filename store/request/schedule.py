"""What a request may say about how the work of a painting changes from step to step."""

from collections.abc import Mapping
from typing import Any

from store.errors import RequestError
from store.request.options import int_within, number_within, one_of

COARSE = (0.0, 0.9)  # share of the steps
CUTOUTS = (1, 512)
FINAL_RATES = (0.001, 1.0)  # of the learning rate
ENOUGH = ("auto",)
COARSE_SCALE = 0.5  # of the sides
# A step's work at the small size, of one at the full size: the decoder's half of it grows with the
# picture's area, the guides' half does not.
COARSE_WORK = (1 + COARSE_SCALE**2) / 2


def check_schedule(fields: Mapping[str, Any]) -> None:
    """Raise RequestError for a schedule out of its limits. fields: those of a `DrawRequest`."""
    number_within("coarse", fields["coarse"], COARSE)
    int_within("first-cutouts", fields["first_cutouts"], CUTOUTS)
    number_within("final-rate", fields["final_rate"], FINAL_RATES)
    one_of("enough", fields["enough"], ENOUGH)
    moves = (fields["zoom"], fields["shift"]) != (None, None)
    if fields["enough"] is not None and (moves or fields["at_once"] is not None):
        raise RequestError("request-enough-alone")


def work(coarse: float | None) -> float:
    """Return the work of a painting, of one at the full size, by the share of its small steps."""
    return 1.0 - (coarse or 0.0) * (1.0 - COARSE_WORK)
