"""Timeouts, intervals and limits of everything that is sent to Telegram."""

from dataclasses import dataclass

from store.messages.rate_limits import DEFAULT_LIMITS, ChatRateLimits


@dataclass(frozen=True)
class DeliverySettings:
    """One for a process; times are in seconds."""

    text_timeout_s: int = 10
    # Also of new messages without a file: one that is given up too soon is sent twice.
    upload_timeout_s: int = 25
    reply_timeout_s: int = 15
    reply_drain_s: float = 2.0  # after which a stop drops the replies that are not sent yet

    # Most uploads take less, and an action that is shown late would outlive the message.
    chat_action_delay_s: float = 0.5
    chat_action_interval_s: float = 4.0  # Telegram shows an action for five seconds at most

    courier_poll_s: float = 0.5  # between two looks into an empty outbox
    courier_lease_s: float = 30.0
    courier_shutdown_s: float = 4.0  # after which a stop returns messages to the outbox
    concurrent_sends: int = 32  # chats
    # Of the sends, those that are no acknowledgement, so that none of these waits for uploads.
    concurrent_results: int = 5
    max_unanswered: int = 3  # sends of a new message, each of which may have arrived
    chat_limits: ChatRateLimits = DEFAULT_LIMITS

    broadcast_progress_s: float = 5.0
