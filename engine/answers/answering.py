"""Answer questions beside the painting, in a thread of its own."""

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from engine.logs import log_error
from engine.pipeline import Pipeline
from engine.settings import EngineSettings
from store.database.database import Database
from store.faults import outage
from store.files.files import Files
from store.questions import questions, vectors
from store.questions.questions import Question
from store.waiting import wait_or_timeout

if TYPE_CHECKING:
    from engine.guides.guide import Guide

log = logging.getLogger(__name__)

MOST_FOUND = 50


class Answering:
    """Claims questions one by one and answers each by the guides of the settings."""

    def __init__(
        self, db: Database, files: Files, pipeline: Pipeline, settings: EngineSettings
    ) -> None:
        from engine.answers.names import Namer  # imports torch, as the pipeline has done

        self._db, self._files, self._pipeline = db, files, pipeline
        self._name = Namer(settings.models)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="answers")

    async def run(self, over: asyncio.Event, poll_s: float) -> None:
        """Answer what is asked until `over` is set; a fault of a question ends nothing else."""
        try:
            while not over.is_set():
                try:
                    answered = await self.answer_next()
                except Exception as error:
                    answered = False
                    if outage(error) is None:
                        log_error(log, logging.WARNING, "questions cannot be answered", error)
                if not answered:
                    await wait_or_timeout(poll_s, over)
        finally:
            self._thread.shutdown(wait=False)

    async def answer_next(self) -> bool:
        """Answer one question; return False if there is none."""
        question = await questions.claim(self._db)
        if question is None:
            return False
        try:
            given: list[Any] | None = await self._answer(question)
        except Exception as error:
            log_error(log, logging.WARNING, f"question {question.id} is not answered", error)
            given = None
        await questions.answer(self._db, question, given)
        return True

    async def _answer(self, question: Question) -> list[Any]:
        if question.kind == "names":
            names: list[Any] = await self._run(self._names, question)
            return names
        found = await vectors.jobs_by_text(self._db, question.user_id, question.text)
        guide: Guide | None = await self._run(self._guide_for, question.text)
        if guide is not None:
            from engine.answers.search import ranked

            stored = await vectors.vectors_of(self._db, question.user_id, guide.name)
            found += await self._run(ranked, guide, question.text, stored)
        return list(dict.fromkeys(found))[:MOST_FOUND]

    def _names(self, question: Question) -> list[tuple[str, float]]:
        from engine.images.inputs import from_store

        picture = from_store(self._files.read)(question.image or "")[0]
        return self._name(self._pipeline.guides(), picture, question.language)

    def _guide_for(self, text: str) -> "Guide | None":
        from engine.answers.search import guide_for

        return guide_for(self._pipeline.guides(), text)

    async def _run(self, act: Any, *values: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, act, *values)
