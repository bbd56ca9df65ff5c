"""Every longer text that the bot writes under or instead of a picture, as safe HTML."""

from html import escape

from store.records import Job, Notice, Result
from store.texts import Texts

CAPTION_LIMIT = 1024  # UTF-16 units, counted after Telegram has read the markup
GLANCE = 120  # units of a prompt in a line that is read in passing
BAR = 12  # cells
NOTICED = 200  # units of one value in a notice


def utf16(text: str) -> int:
    """Length as Telegram counts it: what lies outside the basic plane counts twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units of plain text, never half a character, with an ellipsis."""
    if utf16(text) <= limit:
        return text
    units, end = 0, 0
    for end, letter in enumerate(text):  # noqa: B007 (the place where it stopped is the answer)
        units += utf16(letter)
        if units > limit - 1:  # one for the ellipsis
            break
    # A joiner or a variation selector at the cut would bind to the ellipsis.
    return text[:end].rstrip(" \u200d\ufe0f") + "…"


def glance(prompt: str) -> str:
    """A prompt on one line of a status, ready for HTML."""
    return escape(cut(" ".join(prompt.split()), GLANCE), quote=False)


def bar(step: int, steps: int) -> str:
    """How far it is, in signs."""
    full = BAR * step // max(steps, 1)
    return "▓" * full + "░" * (BAR - full)


def duration(texts: Texts, language: str, seconds: float, *, roughly: bool = False) -> str:
    """A time in words; `roughly` is for guesses, which must not pretend to know the second."""
    whole = max(1, round(seconds))
    if roughly:
        whole = _rough(whole)
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return texts(language, "time-hours", hours=hours, minutes=minutes)
    if minutes and whole % 60:
        return texts(language, "time-minutes-seconds", minutes=minutes, seconds=whole % 60)
    if minutes:
        return texts(language, "time-minutes", minutes=minutes)
    return texts(language, "time-seconds", seconds=whole)


def _rough(seconds: int) -> int:
    """Up to five seconds, ten seconds, a minute or five: so that a guess also changes rarely."""
    for below, grain in ((30, 5), (120, 10), (1800, 60)):
        if seconds < below:
            return -(-seconds // grain) * grain
    return -(-seconds // 300) * 300


def say(texts: Texts, language: str, notice: Notice) -> str:
    """A notice in the person's language; empty where this version has no words for it."""
    values = {
        name: escape(cut(value, NOTICED), quote=False) if isinstance(value, str) else value
        for name, value in notice.values.items()
    }
    try:
        return texts(language, notice.key, **values)
    except KeyError:
        return ""


def painting(texts: Texts, job: Job, left: float | None) -> str:
    """The status of a job that is being painted; `left` in seconds where it is known."""
    language = job.language
    percent = 100 * job.step // max(job.steps, 1)
    lines = [
        texts(
            language,
            "status-painting",
            prompt=glance(job.prompt),
            bar=bar(job.step, job.steps),
            percent=percent,
            step=job.step,
            steps=job.steps,
        )
    ]
    times = []
    if job.started_ms is not None:
        elapsed = duration(texts, language, (job.updated_ms - job.started_ms) / 1000)
        times.append(texts(language, "status-elapsed", elapsed=elapsed))
    if left is not None:
        rough = duration(texts, language, left, roughly=True)
        times.append(texts(language, "status-left", left=rough))
    if times:
        lines.append(", ".join(times))
    if job.loss is not None:
        loss = f"{job.loss:.2f}".replace(".", "," if language == "ru" else ".")
        lines.append(texts(language, "status-loss", loss=loss))
    return "\n".join(lines)


def finished(texts: Texts, job: Job, result: Result) -> str:
    """The caption of the picture: prompt, seed, size, steps, time, and what should be known."""
    language = job.language
    facts = texts(
        language,
        "result-facts",
        width=result.width,
        height=result.height,
        steps=result.steps,
        time=duration(texts, language, result.seconds),
    )
    seed = texts(language, "result-seed", seed=str(result.seed))
    lines = [f"{seed} · {facts}"]
    lines += [words for notice in job.notices if (words := say(texts, language, notice))]
    return within(texts, language, "result-prompt", job.prompt, "\n".join(lines))


def within(texts: Texts, language: str, key: str, prompt: str, tail: str) -> str:
    """The prompt in the words of `key`, cut so that it and the tail fit into a caption."""
    # Markup in the tail is counted as text: that only errs on the safe side.
    frame = utf16(texts(language, key, prompt="")) + 1
    tail = _whole_lines(tail, CAPTION_LIMIT - frame - GLANCE)
    room = CAPTION_LIMIT - frame - utf16(tail)
    return texts(language, key, prompt=escape(cut(prompt, room), quote=False)) + "\n" + tail


def _whole_lines(text: str, limit: int) -> str:
    """As many lines as fit: a line cut inside could lose the end of its markup."""
    kept = ""
    for line in text.split("\n"):
        longer = f"{kept}\n{line}" if kept else line
        if utf16(longer) > limit:
            break
        kept = longer
    return kept


def facts(texts: Texts, language: str, job: Job) -> str:
    """What a picture was made with, as one piece of code to copy."""
    return texts(language, "facts-title") + f"\n<pre>{_recipe(texts, language, job)}</pre>"


def recipe(texts: Texts, language: str, job: Job) -> str:
    """The same for somebody else: an invitation to paint it."""
    lines = [texts(language, "recipe-title"), f"<pre>{_recipe(texts, language, job)}</pre>"]
    if job.request.sources:
        lines.append(texts(language, "recipe-without-pictures"))
    return "\n".join(lines)


def _recipe(texts: Texts, language: str, job: Job) -> str:
    request, result = job.request, job.result
    lines = [job.prompt]
    if result is not None:
        lines.append(texts(language, "facts-seed", seed=str(result.seed)))
        lines.append(texts(language, "facts-size", width=result.width, height=result.height))
        lines.append(texts(language, "facts-steps", steps=result.steps))
    if request.quality is not None:
        quality = texts(language, f"quality-{request.quality}")
        lines.append(texts(language, "facts-quality", quality=quality))
    models = list(dict.fromkeys(result.models if result else ()))
    if models:
        names = {"count": len(models), "models": ", ".join(models)}
        lines.append(texts(language, "facts-models", **names))
    uses = {"init": request.init, "targets": request.targets, "style": request.style}
    lines += [texts(language, f"facts-{use}") for use, pictures in uses.items() if pictures]
    return escape("\n".join(lines), quote=False)
