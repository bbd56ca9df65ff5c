"""Recognise what people say besides what to paint: greetings, thanks, commands in words."""

import re
import unicodedata
from typing import Literal

SmallTalk = Literal["hello", "thanks", "fine", "cancel", "enough", "start", "help", "surprise"]

_MARKS = re.compile(r"[^\w\s']+")
_PHRASES: dict[SmallTalk, str] = {
    "hello": """привет; приветик; здравствуй; здравствуйте; добрый день; доброе утро; добрый вечер;
        хай; ку; салют; как дела; как ты; hi; hello; hey; hi there; good morning; good evening;
        good day; how are you; what's up""",
    "thanks": """спасибо; спасибо большое; большое спасибо; спасибки; спс; благодарю; пасиб;
        thanks; thank you; thank you very much; thank you so much; thx; ty; cheers""",
    "fine": """ок; окей; хорошо; понятно; ясно; ага; угу; да; нет; круто; рисуй;
        нарисуй; draw; paint; класс; супер; отлично;
        здорово; красиво; пока; до свидания; ok; okay;
        yes; no; cool; great; nice; wow; bye; goodbye""",
    "cancel": "отмена; отмени; отменить; стоп; stop; cancel; cancel it; stop it",
    "enough": "хватит; достаточно; enough; that is enough; that's enough",
    "start": "старт; начать; начнём; start; begin",
    "surprise": """удиви меня; удиви; сюрприз; что угодно; нарисуй что-нибудь;
        что-нибудь; surprise me; surprise; random; anything; draw something; paint something""",
    "help": """помощь; помоги; справка; что ты умеешь; что ты можешь; как пользоваться; кто ты;
        ты кто; как рисовать; help; help me; what can you do; who are you; how does it work""",
}
_KINDS: dict[str, SmallTalk] = {
    " ".join(_MARKS.sub(" ", phrase.replace("ё", "е")).split()): kind
    for kind, phrases in _PHRASES.items()
    for phrase in phrases.split(";")
}


def small_talk(text: str) -> SmallTalk | None:
    """Return what a whole text says besides what to paint; None if it may be a prompt."""
    if text and all(unicodedata.category(sign)[0] in "PZ" for sign in text):
        return "help" if "?" in text else "fine"
    words = _MARKS.sub(" ", text.casefold().replace("’", "'").replace("ё", "е"))
    return _KINDS.get(" ".join(words.split()))
