"""The queue of questions, and the vectors that a search reads."""

from store import jobs
from store.database.database import Database
from store.gallery.erasure import erase_job, forget_user
from store.questions import questions, vectors
from store.questions.picture_names import all_names, closed_names, name_of
from store.questions.questions import MAX_OPEN, Question
from tests.fixtures.store import RESULT, ask, found, sql

NAMES = Question("names", 100, "ru", image="jobs/1/a.png")


async def test_a_question_is_answered_once_by_the_engine_that_holds_it(db: Database) -> None:
    question_id = await questions.ask(db, NAMES, 10)
    assert question_id is not None and await questions.read_answer(db, question_id) is None
    claimed = await questions.claim(db)
    assert claimed is not None and (claimed.kind, claimed.image) == ("names", NAMES.image)
    assert await questions.claim(db) is None
    assert await questions.answer(db, claimed, [["cat", 0.5]])
    assert not await questions.answer(db, claimed, [])
    answer = await questions.read_answer(db, question_id)
    assert answer is not None and answer.given == [["cat", 0.5]]


async def test_a_question_that_nobody_waits_for_any_more_is_not_claimed(db: Database) -> None:
    await questions.ask(db, NAMES, 0)
    assert await questions.claim(db) is None


async def test_one_person_has_few_open_questions(db: Database) -> None:
    for _ in range(MAX_OPEN):
        assert await questions.ask(db, NAMES, 10) is not None
    assert await questions.ask(db, NAMES, 10) is None
    other = Question("search", 200, "en", "cat")
    assert await questions.ask(db, other, 10) is not None


async def test_what_cannot_be_answered_is_told_from_what_is_not_answered(db: Database) -> None:
    question_id = await questions.ask(db, NAMES, 10)
    claimed = await questions.claim(db)
    assert claimed is not None and question_id is not None
    await questions.answer(db, claimed, None)
    answer = await questions.read_answer(db, question_id)
    assert answer is not None and answer.given is None


async def _done(db: Database, user: int = 100) -> int:
    job_id = await ask(db, user=user)
    job = await jobs.claim(db, "e")
    assert job is not None and job.token is not None
    assert await jobs.finish(db, job.id, job.token, RESULT, [])
    return job_id


async def test_vectors_are_those_of_the_users_pictures_and_go_with_them(db: Database) -> None:
    mine, erased, others = await _done(db), await _done(db), await _done(db, user=200)
    for job_id in (mine, erased, others):
        await vectors.record_vectors(db, job_id, {"pocket": b"v%d" % job_id})
    await vectors.record_vectors(db, mine, {"pocket": b"again"})
    await erase_job(db, erased)
    await vectors.record_vectors(db, erased, {"pocket": b"late"})
    assert await vectors.vectors_of(db, 100, "pocket") == [(mine, b"v%d" % mine)]
    assert await vectors.vectors_of(db, 100, "other") == []
    await questions.ask(db, Question("search", 100, "ru", "кот"), 10)
    await forget_user(db, 100)
    assert await sql(db, "SELECT job_id FROM vectors") == [(others,)]
    assert await sql(db, "SELECT id FROM questions") == []


async def test_prompts_are_found_whatever_their_case(db: Database) -> None:
    job_id = await _done(db)
    prompt = (await found(db, job_id)).prompt
    assert await vectors.jobs_by_text(db, 100, f" {prompt.upper()} ") == [job_id]
    assert await vectors.jobs_by_text(db, 100, "nothing like it") == []


def test_every_name_is_found_by_its_key_and_fits_into_a_button() -> None:
    names = all_names()
    assert len(names) > 1500 and set(closed_names()) <= set(names)
    for name in names:
        assert name_of(name.key) == name
        assert len(name.key.encode()) <= 50 and ":" not in name.key
        assert name.english and name.russian
    assert len({name.key for name in names}) == len(names)
