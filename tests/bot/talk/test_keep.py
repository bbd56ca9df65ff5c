"""Stop and keep: the picture as it is now becomes the result."""

from aiogram.methods import EditMessageText, SendMessage

from tests.fixtures.bot import ANNA, BORIS, BotHarness, buttons


async def test_68_what_is_being_painted_can_be_kept(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.deliver()
    assert list(buttons(harness.telegram.of(SendMessage)[-1])) == ["Отменить"]
    await harness.tap("keep:1")
    assert "не начата" in (harness.toasts()[-1] or "")
    await harness.painting()
    await harness.update_progress()
    shown = buttons(harness.telegram.of(EditMessageText)[-1])
    assert list(shown) == ["Хватит", "Отменить"]
    await harness.tap(shown["Хватит"], user=BORIS, chat=ANNA)
    assert not (await harness.jobs())[0].keep
    await harness.tap(shown["Хватит"])
    await harness.tap(shown["Хватит"])
    assert harness.toasts()[-1] == "Хорошо, заканчиваю на этом."
    assert (await harness.jobs())[0].keep


async def test_68_a_finished_or_foreign_picture_cannot_be_kept(harness: BotHarness) -> None:
    await harness.say("кот")
    await harness.finish(await harness.painting())
    await harness.tap("keep:1")
    await harness.tap("keep:99")
    assert harness.toasts() == ["Картина уже готова.", "Эта кнопка больше не работает."]


async def test_68_the_line_of_a_kept_picture_says_the_steps_that_were_made(
    harness: BotHarness,
) -> None:
    await harness.say("кот, 500 шагов")
    await harness.deliver()
    job = await harness.painting()
    await harness.tap("keep:1")
    await harness.finish(job)
    await harness.tap("do:edit:1:0")
    asked = harness.answers()[-1]
    assert "шаги 21" in asked and "500" not in asked
