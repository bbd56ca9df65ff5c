# What the demonstration prints.
demo-title = Mazok, painted here and now: the bot, the engine and two people.
demo-telegram = telegram  a local stand-in at { $address }
demo-bot = bot       listens after { $seconds } s
demo-engine = engine    ready after { $seconds } s
demo-painted = Painted in { $seconds } s:
live-address = Mazok is here: { $address } (bot and engine start in a few seconds; Ctrl-C ends all of it)
live-ended = { $program } ended, exit code { $code }. Enter starts it again, and so does the page; Ctrl-C ends all of it.
live-stopping = Stopping…
demo-interrupted = Interrupted.
demo-failed = The demonstration failed: { $reason }.
demo-too-slow = not finished after { $seconds } s; a slow or busy machine needs longer, as with --timeout 1800
demo-no-updates = the bot asked for no updates in { $seconds } s
demo-ended = { $program } ended, exit code { $code }
demo-said = the bot says: { $text }
demo-log-end = The end of { $log }:
demo-log-empty = (empty)
demo-taken-back = (takes a message back)
demo-taps = taps [ { $label } ]
media-photo = picture
media-animation = animation
media-document = file { $name }
media-sticker = sticker
media-seconds = { $seconds } s
media-megabytes = { $size } MB
media-kilobytes = { $size } kB

# The command line: `python -m sandbox`.
sandbox-cannot-serve = The stand-in cannot be started: { $reason }.
help-sandbox = Tries bot and engine without Telegram: a demonstration, and a local stand-in for its Bot API.
help-sandbox-demo = chat with the bot in a browser; without a terminal, show two people at work
help-demo-out = folder of the pictures and the logs
help-demo-russian = what the one person asks for, in Russian
help-demo-english = what the other asks for, in English
help-demo-timeout = seconds after which it gives up
help-demo-page = show the page also without a terminal, until a signal ends it
help-demo-bot = a command instead of python -m bot
help-demo-engine = a command instead of python -m engine serve
help-sandbox-serve = run a local stand-in for Telegram's Bot API
help-serve-port = the port; 0 takes a free one
help-serve-host = the address to listen at
help-serve-token = the token that it accepts
help-serve-no-limits = without Telegram's limits on messages
help-serve-clock = seconds that pass for it in one second
help-serve-local = hand files over in this folder, as a server that runs with --local
help-sandbox-transcript = write down a real run as its people see it
help-transcript-out = folder of transcript.md
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
