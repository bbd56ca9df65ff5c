"""The dependencies that the courier and the progress updater share."""

from dataclasses import dataclass, field

from bot.delivery.messages import JobMessenger
from bot.delivery.settings import DeliverySettings
from bot.delivery.status import ForecastCache, StatusBoard
from store.database.database import Database
from store.files.files import Files
from store.texts import Texts


@dataclass(frozen=True)
class DeliveryContext:
    """One for a process."""

    db: Database
    files: Files
    texts: Texts
    messages: JobMessenger
    forecasts: ForecastCache
    status_board: StatusBoard = field(default_factory=StatusBoard)
    settings: DeliverySettings = field(default_factory=DeliverySettings)
