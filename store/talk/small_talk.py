"""Recognise what people say besides what to paint: greetings, thanks, commands in words."""

import re
from typing import Literal

SmallTalk = Literal["hello", "thanks", "fine", "cancel", "enough", "start", "help", "surprise"]

_PHRASES: dict[SmallTalk, str] = {
    "hello": """привет; приветик; здравствуй; здравствуйте; добрый день; доброе утро; добрый вечер;
        хай; ку; салют; hi; hello; hey; hi there; good morning; good evening; good day""",
    "thanks": """спасибо; спасибо большое; большое спасибо; спасибки; спс; благодарю; пасиб;
        thanks; thank you; thank you very much; thank you so much; thx; ty; cheers""",
    "fine": """ок; окей; хорошо; понятно; ясно; ага; угу; да; нет; круто; класс; супер; отлично;
        здорово; красиво; пока; до свидания; ok; okay;
        yes; no; cool; great; nice; wow; bye; goodbye""",
    "cancel": "отмена; отмени; отменить; стоп; stop; cancel; cancel it; stop it",
    "enough": "хватит; достаточно; enough; that is enough; that's enough",
    "start": "старт; начать; начнём; start; begin",
    "surprise": "удиви меня; удиви; сюрприз; что угодно; surprise me; surprise; random; anything",
    "help": """помощь; помоги; справка; что ты умеешь; что ты можешь; как пользоваться; кто ты;
        как рисовать; help; help me; what can you do; who are you; how does it work""",
}
_KINDS: dict[str, SmallTalk] = {
    " ".join(phrase.replace("ё", "е").split()): kind
    for kind, phrases in _PHRASES.items()
    for phrase in phrases.split(";")
}
_MARKS = re.compile(r"[^\w\s']+")


def small_talk(text: str) -> SmallTalk | None:
    """Return what a whole text says besides what to paint; None if it may be a prompt."""
    words = _MARKS.sub(" ", text.casefold().replace("’", "'").replace("ё", "е"))
    return _KINDS.get(" ".join(words.split()))
