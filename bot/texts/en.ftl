# Getting to know each other

start = { $knows ->
        [all] I paint from words: tell me what you would like to see, in English or Russian.
       *[things] I paint from words, in English and Russian: an animal, food, a plant, a vehicle, a thing or a shape, in any colour and on any colour.
        [scenes] I paint from words, in English and Russian: one or two things, an animal, a person, food, a plant or a vehicle, in any colour, on a colour or in a place: on the beach, in the forest, in the city at night.
    }
    You watch the picture appear and get it with an animation.
    { $knows ->
        [all] Try it now: write a few words or tap the button.
       *[other] Try it now: tap the button, or write “{ $example }”, for instance. If I can't paint something, I'll say so right away.
    }

help =
    <b>How to paint</b>
    { $knows ->
        [all] Just send a description.
       *[things] Just say what to paint: one thing, and if you like its colour and that of the background. If I can't paint something, I'll say so right away.
        [scenes] Just say what to paint: one or two things, their colours and how many, the colour of the background, or the place, time and weather. If I can't paint something, I'll say so right away.
    }

    <b>Examples</b>
    <code>a yellow star on a black background</code>
    <code>a red cat, 3:2, fine</code>

    /cancel stops your latest picture.
    /gallery shows your pictures, “/gallery cat” finds some.
    /settings sets shape, quality, language.
    /me shows what is left, /forget erases everything.
help-words =
    <b>Words and parameters</b>
    <code>cat:2 | star</code> – two ideas, the cat counts twice.
    <code>cat | blue:-1</code> – without blue.
    <code>cat ^ dog</code> – first a cat, then a dog.

    At the beginning or the end you can add:
    <code>512x768</code> or <code>3:2</code> – size, ratio
    <code>seed 42</code> – the same picture again
    <code>50 steps</code>, <code>fine</code>, <code>quick</code>
    <code>×4</code> – four pictures at once
    <code>seamless</code>: the edges meet
    <code>no animation</code>, <code>fps 30</code>, <code>every 5</code>
    <code>∞</code> – paint until you tap “Enough”
help-pictures =
    <b>With your picture</b>
    Caption a picture or reply to it:
    /draw starts from it,
    /like paints something like it,
    /style paints in the same style,
    /words tells what it shows.

    With an album, /draw goes from the first picture to the others, and /style paints the first in the style of the second.
help-groups =
    <b>Groups and credits</b>
    In a group, start with /draw, or reply with /draw to a text.

    Every day brings free credits; a usual picture costs one. In groups, shared credits are used once yours run out. If a picture fails or you cancel it, the credits come back.
help-to-main = ← How to paint
help-to-words = Words and parameters
help-to-pictures = With your picture
help-to-groups = Groups and credits
button-help = What I can do

profile-description =
    I paint from words. Tell me what you would like to see, and watch the picture appear.

    I understand English and Russian, and paint in private chats and in groups.
profile-about = I paint from words: the picture appears right in the chat.

button-example = Paint: { $prompt }
examples =
    a yellow star on a black background
    a sunflower
    a snowman on a blue background
    a red heart
    a pumpkin
    a panda on a pink background

menu-draw = paint from a description
menu-like = paint something like a picture
menu-style = paint in the style of a picture
menu-cancel = stop my picture
menu-me = how many credits are left
menu-gallery = my pictures
menu-settings = shape, quality, language
menu-forget = erase my words and pictures
menu-random = surprise me
menu-daily = a picture every day
menu-words = what a picture shows
menu-sticker = a sticker of a picture
menu-help = how it works

# Where not everybody is let in

access-closed = Only people on the owner's list can use this bot. Your number is { $id }: send it to the owner.
invitation-accepted = Welcome: from now on I paint for you too.
invitation-known = You are in already: just tell me what to paint.
invitation-invalid = This invitation has been used or is too old. Ask for a new one.

# Answers

draw-empty =
    Say what to paint after the command, for example:
    <code>/draw a yellow star on a black background</code>
like-empty =
    Send a picture with a caption, or reply to a picture, like this:
    <code>/like an orange cat</code>
    I will paint a cat like it.
style-empty =
    Send a picture with a caption, or reply to a picture, like this:
    <code>/style an orange cat</code>
    I will paint a cat in its style.
change-empty = To change a picture, reply to it with these words.
picture-words =
    Say in words what to paint: send the picture with a caption, or reply to it, for example:
    <code>/draw a panda on a blue background</code>
    /draw starts from the picture, /like paints something like it, /style paints in its style.
draw-not-picture = I cannot paint from this: I need a photo, or a picture sent as a file.
draw-words-only = I understand words and pictures: describe the picture, or send one with a caption.
draw-own-name = I cannot paint for a channel: please write under your own name.
command-unknown = I do not know this command. See /help for what I can do.
command-forwarded = I do not carry out forwarded commands: please send it yourself.
try-later = Something went wrong on my side and your request was not taken. Please try again in a minute.

cancel-none = There is nothing to cancel: I am not painting for you in this chat.
cancel-cancelled = Cancelled.
cancel-stopping = Stopping.

button-cancel = Cancel

button-keep = Enough
alert-keep = All right, I'll finish it as it is.
alert-keep-later = The picture has not begun yet: there is nothing to keep.
alert-kept-already = The picture is finished already.

alert-not-yours = Somebody else asked for this picture.
alert-finished = There is nothing left to cancel.
alert-stale = This button no longer works.
alert-alone = Sending the picture.
alert-example = Painting!

# The status message

status-starting =
    “{ $prompt }”
    Starting to paint.
status-queued =
    “{ $prompt }”
    Place in the queue: { $place }, { queue-ahead }
status-queued-wait =
    “{ $prompt }”
    Place in the queue: { $place }, { queue-ahead }
    Starting in about { $wait }
queue-ahead = { $ahead ->
    [0] yours is next
    [one] { $ahead } picture ahead
   *[other] { $ahead } pictures ahead
}
status-fetching =
    “{ $prompt }”
    Fetching what you sent. Place in the queue: { $place }
status-offline =
    “{ $prompt }”
    The painting server is off. You are number { $place } in the queue: I'll start as soon as it is back.
status-no-model =
    “{ $prompt }”
    No painting server with the { $count ->
        [one] model
       *[other] models
    } { $models } is on. You are number { $place } in the queue: I'll start as soon as there is one.
status-resuming =
    “{ $prompt }”
    Interrupted. I will go on soon.
status-painting =
    “{ $prompt }”
    { $bar } { $percent }%
    step { $step } of { $steps }
status-drafting =
    “{ $prompt }”
    { $bar } { $percent }%
    drafting
status-sheet =
    “{ $prompt }”
    { $bar } { $percent }%
    picture { $place } of { $count }
status-larger =
    “{ $prompt }”
    Making the picture larger.
status-elapsed = { $elapsed } so far
status-left = about { $left } left
status-finishing = finishing

# The result

result-caption-animation = How “{ $prompt }” was painted
result-offered = “{ $prompt }” is ready. If you do not see it above, tap the button.
result-slot = Ready: “{ $prompt }”
result-prompt = “{ $prompt }”
result-seed = seed <code>{ $seed }</code>
result-facts = { $width }×{ $height }, { $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
}, { $time }
result-facts-quick = { $width }×{ $height }, { $time }
result-facts-sheet = { $count ->
    [one] { $count } picture
   *[other] { $count } pictures
} { $width }×{ $height }, { $time }
result-lost = “{ $prompt }” was ready, but its file has been lost. Sorry about that: please try again.
result-refused = “{ $prompt }”: Telegram did not take this file.

undelivered = “{ $prompt }” is painted, but Telegram won't accept it. Your credits have been returned.
undelivered-lost = “{ $prompt }” was ready, but its file has been lost. The credits are back: please try again.
undelivered-right = “{ $prompt }”: I'm not allowed to send { $right ->
    [photos] photos
    [animations] animations
    [documents] files
    [text] messages
   *[media] pictures
} in this group. The credits are back. Its administrators can allow that, and it works in our private chat.
store-away-kept = I cannot save anything for the moment. Your message is not lost: I will answer it soon.
sorry = “{ $prompt }” could not be painted. The credits are back: please try again.
sorry-reason = “{ $prompt }” could not be painted. { $reason } The credits are back.
picture-refused = “{ $prompt }” looked explicit or violent, which this chat hides; your credits are back.
cancelled = “{ $prompt }” was cancelled. The credits are back.
cancelled-midway = “{ $prompt }” was stopped at step { $step } of { $steps }. The credits are back.

# Under the picture

under-again = Again
under-again-sheet = { $count ->
    [2] Two more
    [3] Three more
    [4] Four more
    [9] Nine more
   *[other] { $count } more
}
under-larger = Larger
under-on = Keep painting
under-vary = Vary
under-more = More…
under-less = Less
under-steps = More steps
under-edit = Edit the words
under-styles = In a style…
under-png = PNG file
under-gif = GIF file
under-facts = Settings
under-share = Share
under-show = Show the picture
under-delete = Delete

alert-file = Sending the file.
alert-files-gone = The files of this picture are no longer kept, but it can be painted again.
alert-erased = This picture has been deleted.
alert-steps-most = It already has as many steps as there can be.
alert-deleted = Deleted.
erased = Deleted at its author's request.
deleted-caption = Deleted.

edit-ask =
    Reply to this message with new words for <a href="{ $link }">the picture</a>: the rest stays as it was. Or send this line back, changed: what you leave out goes back to the usual.
    <code>{ $prompt }</code>

facts-title = How it was made:
facts-seed = seed: { $seed }
facts-size = size: { $width }×{ $height }
facts-count = pictures at once: { $count }
facts-steps = steps: { $steps }
facts-loss = distance from the prompt: { $loss }
facts-quality = quality: { $quality }
facts-models = { $count ->
    [one] model: { $models }
   *[other] models: { $models }
}
facts-init = started from a picture
facts-targets = painted towards a picture
facts-style = in the style of a picture

share-link =
    Whoever opens this link can paint with the same settings:
    { $link }
share-button = Send to a chat
recipe-title = Somebody has shared the settings of a picture with you:
recipe-without-pictures = It was painted from a picture that is not passed on, so yours will look different.
recipe-button = Paint it
recipe-gone = This link is gone.

# The gallery

gallery-empty = There is nothing here yet. Say what to paint, and the picture will be here.
gallery-place = { $place } of { $count }
gallery-newer = ← Newer
gallery-older = Older →
gallery-send = With all buttons
gallery-private = Your gallery is in our private chat, where only you see it.
gallery-private-button = Open the gallery
inline-mine = My gallery
inline-none = No such picture: open the gallery

# Settings

tastes-person = <b>Your settings</b>. They hold from the next picture on, in groups too.
tastes-group = <b>The settings of this group</b>. They hold for everybody who has not chosen otherwise. /me shows the credits that the group shares.
tastes-shape = Shape: { $now }
tastes-quality = Quality: { $now }
tastes-at_once = How many at once: { $now }
tastes-model = What paints: { $now }
tastes-style = Style: { $now }
tastes-animation = Animation: { $now }
tastes-safety = 18+ filter: { $now }
tastes-language = Language: { $now }
tastes-shape-question = Which shape should the pictures have?
tastes-quality-question = Quick or fine? The finer, the longer it takes.
tastes-at_once-question = How many pictures should be painted at once? Several come as one sheet, with numbers: choose the best.
tastes-model-question = What should paint? Beside it is how long one picture usually takes.
tastes-style-question = In which style should I paint? It is added to your words.
tastes-animation-question = Should the animation of how it was painted come with the picture?
tastes-safety-question = What should I do with a picture that looks explicit or violent? This holds in this chat; I can be wrong either way.
tastes-language-question = In which language should I answer? The words of a picture can be in either.
tastes-finer = Finer: size, steps, seed
tastes-finer-question = Finer settings. Shape and quality usually are enough.
tastes-size = Size: { $now }
tastes-steps = Steps: { $now }
tastes-seed = Seed: { $now }
tastes-guide = Reads the words: { $now }
tastes-every = Frames of the animation: { $now }
tastes-size-question = How large should pictures be? Wide and tall ones get the same area. Large ones take longer and may cost more.
tastes-steps-question = How many steps? More take longer. Words about quality in a prompt come first.
tastes-seed-question = Which seed should I begin with? The same words with the same seed give the same picture.
tastes-guide-question = Which model should read the words? By default it is the one for their language.
tastes-every-question = How often should the animation get a frame?
tastes-back = ← Back
tastes-kept = Saved.
tastes-admins-only = Only administrators of the group can change its settings.
tastes-private = Your own settings are in our private chat; those of the group are for its administrators.
tastes-private-button = My settings

shape-open = default (square)
quality-open = default (standard)
model-open-now = default ({ $usual })
size-open = default (usual for the model)
size-open-now = default ({ $width }×{ $height })
steps-open = default (by the quality)
seed-open = default (a new one each time)
guide-open = default (by the language)
every-open = default (as fits)
finer-size = { $value }×{ $value }
finer-steps = { $value }
finer-seed = always { $value }
finer-every = { $value ->
    [1] every step
   *[other] every { $value } steps
}
model-open = default
drafter-reads = { $reads ->
    [cyrillic] { $title }, from Russian
   *[other] { $title }, from English
}
at_once-open = default (one)
at_once-1 = one
at_once-4 = four
at_once-9 = nine
style-open = default (none)
animation-open = default (send it)
animation-open-group = default (do not send it)
animation-on = on
animation-off = off
safety-open = default ({ $usual })
safety-off = show as it is
safety-soft = under a spoiler
safety-hard = do not show
language-open = as you write
language-ru = Русский
language-en = English

# Forgetting

forget-ask = { $count ->
    [1] Shall I erase everything about your picture
   *[other] Shall I erase everything about your { $count } pictures
}: the words, the files and whatever you sent for them? This cannot be undone, and unfinished pictures are cancelled.
forget-yes = Yes, erase everything
forget-no = No, keep it
forget-done = Erased. What has already arrived in chats is yours to delete; its buttons no longer work.
forget-kept = Fine, everything stays.
forget-nothing = There are no words and no pictures of yours to erase.
forget-not-you = These buttons are for somebody else.
forget-own-name = This works only for a person: please write under your own name.

# Time: after “in about”, before “so far” and in the caption

time-seconds = { $seconds } s
time-minutes = { $minutes } min
time-minutes-seconds = { $minutes } min { $seconds } s
time-hours = { $hours } h { $minutes } min

# The command line: `python -m bot`.
help-bot = Talks to Telegram: puts requests into the queue and sends people their pictures.
help-bot-health = say whether a bot runs on this machine and is well, by the exit code
help-board = Shows an operator queue, engines, pictures and alerts, read from the store, in a browser of this machine.
help-board-port = the port; 0 takes a free one
help-board-token = the secret part of the address; without it, a new one each time
help-bot-board = show queue, engines, pictures and alerts in a browser of this machine
examples-board =
    board
    board --port 0
help-bot-check = check all that the bot needs, in a line each
examples-bot =
    --check
    --health
unhealthy-none = No bot is running on this machine. Start it: { $command }
unhealthy-silent = The bot has not reported for { $seconds } seconds.
# What I cannot paint

offer-button = Paint { $what }
offer-anyway = Paint it anyway
offer-gone = I can no longer see those words: please send them again.

# Small talk

talk-hello = Hello! Tell me what to paint, for example: { $example }
talk-thanks = You are welcome! Shall I paint something else?
talk-fine = All right. Tell me what to paint.
keep-none = I am painting nothing for you here: there is nothing to finish.
group-hello =
    I paint from words. Write here, for example:
    <code>/draw { $example }</code>
daily-on = I will paint a picture here every day. To stop: /daily off
daily-off = All right, no more daily pictures.
daily-usage =
    A picture every day, by itself:
    <code>/daily on</code> to start, <code>/daily off</code> to stop

# The words of a picture, and the search

words-title = This looks like:
words-share = <code>{ $bar }</code> { $name }, { $percent }%
words-draw = Paint: { $what }
words-empty = Reply to a picture with /words, or send a picture with that caption: I will tell what it shows.
asking-nobody = The painting server is off. Try again when it is back.
asking-many = I am still looking for your last answer. Ask again in a few seconds.
asking-failed = I found no words for it: try again, or try another picture.
found-none = Nothing found for “{ $words }”. All pictures: /gallery
found-before = ← { $place } of { $count }
found-next = { $place } of { $count } →
found-old = This search is too old: send /gallery with the words again.
shown-not-picture = I need a picture: reply with { $command } to a photo or an image file.
shown-album = One picture at a time, please: reply with { $command } to the one you mean.
shown-unreachable = I could not open this picture: please send it again.
sticker-empty = Reply to a picture with /sticker, or send a picture with that caption: I will make a sticker of it.
sticker-keep = Add to my set
sticker-set = My stickers
sticker-kept = The sticker is in your set.
sticker-link = Your set of stickers: { $link }
sticker-refused = It could not be added. Open our private chat, press “Start” and try again.
sticker-no-right = I'm not allowed to send stickers in this group. Reply to a picture with /sticker in our private chat.
