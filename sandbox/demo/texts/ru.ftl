# Что печатает показ.
demo-title = Mazok рисует здесь и сейчас: бот, движок и два человека.
demo-telegram = telegram  вместо него программа на этой машине: { $address }
demo-bot = бот       слушает через { $seconds } с
demo-engine = движок    готов через { $seconds } с
demo-painted = Нарисовано за { $seconds } с:
live-address = Мазок здесь: { $address } (бот и движок запустятся через несколько секунд; Ctrl-C остановит всё)
live-ended = Программа { $program } завершилась с кодом { $code }. Enter запустит её снова, страница тоже; Ctrl-C остановит всё.
live-stopping = Останавливаем…
demo-interrupted = Прервано.
demo-failed = Показ не получился: { $reason }.
demo-too-slow = за { $seconds } с он не закончился; медленной или занятой машине нужно дольше, например --timeout 1800
demo-no-updates = бот за { $seconds } с ни разу не спросил, что ему пишут
demo-ended = { $program } завершился с кодом { $code }
demo-said = бот пишет: { $text }
demo-log-end = Конец { $log }:
demo-log-empty = (пусто)
demo-taken-back = (удаляет сообщение)
demo-taps = нажимает [ { $label } ]
media-photo = картина
media-animation = фильм
media-document = файл { $name }
media-sticker = стикер
media-seconds = { $seconds } с
media-megabytes = { $size } МБ
media-kilobytes = { $size } КБ

# Командная строка: `python -m sandbox`.
sandbox-cannot-serve = Замену Telegram не запустить: { $reason }.
help-sandbox = Пробует бота и движок без Telegram: показ и замена его Bot API на этой машине.
help-sandbox-demo = поговорить с ботом в браузере; без терминала показать, как пишут ему два человека
help-demo-out = папка для картин и журналов
help-demo-russian = о чём просит один, по-русски
help-demo-english = о чём просит другой, по-английски
help-demo-timeout = через сколько секунд сдаться
help-demo-page = открыть страницу и без терминала, пока её не остановит сигнал
help-demo-bot = команда вместо python -m bot
help-demo-engine = команда вместо python -m engine serve
help-sandbox-serve = запустить на этой машине замену Bot API Telegram
help-serve-port = порт; 0 — любой свободный
help-serve-host = адрес, на котором слушать
help-serve-token = токен, который она принимает
help-serve-no-limits = без ограничений Telegram на сообщения
help-serve-clock = сколько секунд проходит для неё за одну
help-serve-local = отдавать файлы в этой папке, как сервер с --local
help-sandbox-transcript = записать настоящую работу так, как её видят люди
help-transcript-out = папка для transcript.md
examples-sandbox =
    demo
    demo --out /tmp/mazok-demo
    serve --port 8081
examples-sandbox-demo =
    demo
    demo --out /tmp/mazok-demo
    demo --russian тыква --english pizza
examples-sandbox-serve =
    serve
    serve --port 0 --no-limits
examples-sandbox-transcript =
    transcript
    transcript --out docs
