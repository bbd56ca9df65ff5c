"""The demonstration, with small programs instead of the bot and the engine."""

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image

from sandbox import Sandbox
from sandbox.demo.conversation_log import parse_share, progress_line
from sandbox.demo.demo import DemoOptions, run
from sandbox.demo.processes import ProgramCommand, start_process, stop_processes
from sandbox.demo.terminal import Terminal, encodable
from sandbox.state.chats import MessageContent

_BOT = """
import json, os, sys, time, urllib.error, urllib.request
from pathlib import Path

here = Path(sys.argv[1])
api = f"{os.environ['MAZOK_BOT_API']}/bot{os.environ['MAZOK_TOKEN']}/"
print("I am", os.getpid(), os.environ["MAZOK_DATABASE"], os.environ["MAZOK_FILES"])


def part(head, content):
    head = f"--x\\r\\nContent-Disposition: form-data; {head}\\r\\n\\r\\n"
    return head.encode() + content + b"\\r\\n"


def call(method, file=None, **fields):
    body = b""
    for name, value in fields.items():
        value = json.dumps(value) if isinstance(value, dict) else str(value)
        body += part(f'name="{name}"', value.encode())
    if file:
        body += part(f'name="file"; filename="{file}"', (here / file).read_bytes())
    request = urllib.request.Request(api + method, body + b"--x--\\r\\n")
    request.add_header("Content-Type", "multipart/form-data; boundary=x")
    try:
        with urllib.request.urlopen(request) as response:
            return json.load(response)["result"]
    except urllib.error.HTTPError as error:
        answer = json.load(error)
        if answer["error_code"] != 429:
            raise SystemExit(str(answer))
        time.sleep(answer["parameters"]["retry_after"])
        return call(method, file, **fields)


def paint(chat_id):
    status = {"chat_id": chat_id}
    cancel = {"inline_keyboard": [[{"text": "Стоп", "callback_data": "stop"}]]}
    sent = call("sendMessage", chat_id=chat_id, text="Принято", reply_markup=cancel)
    status["message_id"] = sent["message_id"]
    if sys.argv[2:] == ["sorry"]:
        return call("editMessageText", **status, text="Не получилось.")
    call("editMessageText", **status, text="Шаг 30 из 120\\nосталось 9 с", reply_markup=cancel)
    film = {"type": "animation", "media": "attach://file"}
    call("editMessageMedia", "film.mp4", **status, media=film)
    status["message_id"] = call("sendMessage", chat_id=chat_id, text="Готово")["message_id"]
    markup = {"inline_keyboard": [[{"text": "Ещё", "callback_data": "more"}]]}
    picture = {"type": "photo", "media": "attach://file", "caption": "Вот"}
    call("editMessageMedia", "picture.png", **status, media=picture, reply_markup=markup)


offset = 0
while True:
    for update in call("getUpdates", offset=offset, timeout=20):
        offset = update["update_id"] + 1
        if query := update.get("callback_query"):
            call("answerCallbackQuery", callback_query_id=query["id"], text="Секунду")
            chat_id = query["message"]["chat"]["id"]
            if query["data"] == "more":
                markup = {"inline_keyboard": [[{"text": "GIF", "callback_data": "gif"}]]}
                call("editMessageReplyMarkup", chat_id=chat_id, reply_markup=markup,
                     message_id=query["message"]["message_id"])
                continue
            call("sendDocument", "film.gif", chat_id=chat_id, document="attach://file",
                 disable_content_type_detection="true")
        else:
            paint(update["message"]["chat"]["id"])
"""
_ENGINE = "import os, time; print('I am', os.getpid(), flush=True); time.sleep(60)"


@pytest.fixture(scope="module")
def program_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the tiny bot and the files it sends."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "bot.py").write_text(_BOT, "utf-8")
    frames = [Image.new("RGB", (32, 32), colour) for colour in ("red", "blue")]
    frames[0].save(folder / "picture.png")
    frames[0].save(folder / "film.gif", save_all=True, append_images=frames[1:], duration=500)
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    convert = ("-i", str(folder / "film.gif"), "-pix_fmt", "yuv420p", str(folder / "film.mp4"))
    subprocess.run((ffmpeg, "-v", "error", *convert), check=True)
    return folder


def _programs(program_folder: Path) -> tuple[ProgramCommand, ProgramCommand]:
    return (
        ProgramCommand(
            "bot", (sys.executable, str(program_folder / "bot.py"), str(program_folder))
        ),
        ProgramCommand("engine", (sys.executable, "-c", _ENGINE), (sys.executable, "-c", "")),
    )


def _alive(log: Path) -> bool:
    """Whether the program that wrote its number into this log still runs."""
    with suppress(ProcessLookupError):
        os.kill(int(log.read_text("utf-8").split()[2]), 0)
        return True
    return False


async def test_the_demo_shows_the_conversation_and_saves_what_arrived(
    program_folder: Path, tmp_path: Path
) -> None:
    bot, engine = _programs(program_folder)
    screen = io.StringIO()
    options = DemoOptions(tmp_path / "out", bot=bot, engine=engine, timeout=30)
    assert await run(options, Terminal(screen)) == 0
    for name in ("russian", "english"):
        for suffix, made in (("png", "picture.png"), ("mp4", "film.mp4"), ("gif", "film.gif")):
            saved = tmp_path / "out" / f"{name}.{suffix}"
            assert saved.read_bytes() == (program_folder / made).read_bytes()
            assert str(saved) in screen.getvalue()
    shown = screen.getvalue()
    for line in (
        "Аня → Mazok             красный круг на синем фоне",
        "Ben → Art club          /draw a panda on a pink background",
        "[#####...............] Аня: Шаг 30 из 120 · осталось 9 с",
        "Mazok → Аня             (animation, 32×32, 1.0 s, ",
        "[ GIF ]",
        "Аня → Mazok             taps [ GIF ]",
    ):
        assert line in shown
    log = (tmp_path / "out" / "bot.log").read_text("utf-8")
    data = Path(log.split()[4]).parent
    assert f"sqlite+aiosqlite:///{data}/mazok.db" in log
    assert not data.exists()
    assert not _alive(tmp_path / "out" / "bot.log") and not _alive(tmp_path / "out" / "engine.log")


async def test_a_child_that_dies_ends_the_demo_with_the_tail_of_its_log(
    program_folder: Path, tmp_path: Path
) -> None:
    bot, _ = _programs(program_folder)
    engine = ProgramCommand(
        "engine", (sys.executable, "-c", "raise SystemExit('no such model: pockets')")
    )
    screen = io.StringIO()
    assert (
        await run(DemoOptions(tmp_path, bot=bot, engine=engine, timeout=30), Terminal(screen)) == 1
    )
    assert "The demonstration failed: engine ended, exit code 1." in screen.getvalue()
    assert "  no such model: pockets\n" in screen.getvalue()


async def test_a_bot_that_gives_up_ends_the_demo_with_its_words(
    program_folder: Path, tmp_path: Path
) -> None:
    bot, engine = _programs(program_folder)
    bot = ProgramCommand("bot", (*bot.command, "sorry"))
    screen = io.StringIO()
    options = DemoOptions(tmp_path, bot=bot, engine=engine, timeout=30)
    assert await run(options, Terminal(screen)) == 1
    assert "The demonstration failed: the bot says: Не получилось." in screen.getvalue()
    assert "The end of" in screen.getvalue()


async def test_a_demo_that_takes_too_long_says_so(program_folder: Path, tmp_path: Path) -> None:
    _, engine = _programs(program_folder)
    deaf = ProgramCommand("bot", (sys.executable, "-c", _ENGINE))
    screen = io.StringIO()
    options = DemoOptions(tmp_path, bot=deaf, engine=engine, timeout=0.5)
    assert await run(options, Terminal(screen)) == 1
    assert "The demonstration failed: not finished after 0.5 s; a slow" in screen.getvalue()


def test_ctrl_c_ends_the_demo_with_130_and_leaves_no_orphans(
    program_folder: Path, tmp_path: Path
) -> None:
    deaf = f'{sys.executable} -c "{_ENGINE}"'
    command = ("-m", "sandbox", "demo", "--out", str(tmp_path), "--bot", deaf, "--engine", deaf)
    process = subprocess.Popen(
        (sys.executable, *command),
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUNBUFFERED": "1"},
    )
    logs = [tmp_path / "engine.log", tmp_path / "bot.log"]
    assert process.stdout
    while process.poll() is None and not all(
        log.exists() and log.read_text("utf-8") for log in logs
    ):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert (process.returncode, said.decode("ascii").splitlines()[-1]) == (130, "Interrupted.")
    assert not any(map(_alive, logs))


async def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {_ENGINE}"
    log = tmp_path / "log"
    child = await start_process(
        ProgramCommand("engine", (sys.executable, "-c", stubborn)), os.environ, log
    )
    while not log.read_text("utf-8"):
        await asyncio.sleep(0.01)
    await stop_processes([child], asyncio.Event(), grace=0.1)
    assert child.process.returncode == -signal.SIGKILL and not _alive(log)


async def test_the_progress_line_leaves_out_what_the_person_said_themselves() -> None:
    async with Sandbox() as telegram:
        anna = telegram.person("Аня")
        chat = telegram.private(anna)
        asked = telegram.say(anna, chat, "/draw кот в лодке")
        text = "«кот в лодке»\n40 %"
        answer = telegram.world.send_as_bot(chat, MessageContent(text), reply_to=asked)
        assert progress_line(answer) == "[########............] Аня: 40 %"


def test_on_a_terminal_the_progress_line_is_rewritten_in_place() -> None:
    screen = io.StringIO()
    terminal = Terminal(screen, rewrites=True)
    for text in ("one", "two"):
        terminal.progress(text)
    terminal.line("done")
    assert screen.getvalue() == "one\r\x1b[2Ktwo\r\x1b[2Kdone\n"


def test_without_a_terminal_progress_is_printed_now_and_then() -> None:
    screen = io.StringIO()
    terminal = Terminal(screen, interval=3600)
    for text in ("one", "two", "three"):
        terminal.progress(text)
    assert screen.getvalue() == "one\n"


def test_an_ascii_terminal_gets_russian_in_latin_letters() -> None:
    assert encodable("Щётка — «кот», 32×32… 🎨", "ascii") == 'Shchyotka - "kot", 32x32... ?'
    assert encodable("Щётка", "utf-8") == "Щётка"


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Шаг 30 из 120, потеря 0.81", 0.25),
        ("step 12/48", 0.25),
        ("40 % done", 0.4),
        ("loss 0.81", None),
        ("24/7", None),
    ],
)
def test_the_share_of_the_work_is_read_from_the_status(text: str, share: float | None) -> None:
    assert parse_share(text) == share
