# Getting to know each other

start =
    I paint from words: tell me what you would like to see, in English or Russian.
    The picture appears before your eyes, stroke by stroke, and comes with an animation in the end.
    Try it now: write a few words or tap the button.

help =
    <b>How to paint</b>
    Just send a description of the picture. In a group, start with /draw, or reply with /draw to a message that has text.

    <b>Examples</b>
    <code>a yellow star on a black background</code>
    <code>cat:2 | star</code>

    A bar | joins several ideas, and a number after a colon makes one stronger: here the cat counts twice.

    Every day brings free pictures; /me shows how many are left. In a group, once yours are used up, the group's shared ones pay.
    /cancel stops your latest picture. Under a finished picture there is a button that sends the true GIF.

button-example = Paint: { $prompt }
examples =
    a yellow star on a black background
    a sunflower
    a snowman on a blue background
    a red heart
    a pumpkin
    a panda on a pink background

menu-draw = paint from a description
menu-cancel = stop my picture
menu-me = how many pictures I have left
menu-help = how it works

# Answers

draw-empty =
    Say what to paint after the command, for example:
    <code>/draw a yellow star on a black background</code>
draw-no-photos = I cannot start from a picture yet: please describe it in words.
draw-words-only = I only understand text: please describe the picture in words.
draw-own-name = I cannot paint for a channel: please write under your own name.
command-unknown = I do not know this command. See /help for what I can do.
try-later = Something went wrong on my side and your request was not taken. Please try again in a minute.

cancel-none = You have no picture in the works.
cancel-cancelled = Cancelled.
cancel-stopping = Stopping.

button-cancel = Cancel
button-gif = GIF as a file

alert-not-yours = Somebody else asked for this picture.
alert-finished = There is nothing left to cancel.
alert-stale = This button no longer works.
alert-example = Painting!
alert-gif = Sending the file.
alert-gif-gone = This file is no longer kept.

# The status message

status-starting =
    “{ $prompt }”
    Getting to work.
status-queued =
    “{ $prompt }”
    Place in the queue: { $place }, { queue-ahead }
status-queued-wait =
    “{ $prompt }”
    Place in the queue: { $place }, { queue-ahead }
    Starting in about { $wait }
queue-ahead = { $ahead ->
    [0] yours is next
    [one] { $ahead } job ahead
   *[other] { $ahead } jobs ahead
}
status-offline =
    “{ $prompt }”
    The painter is offline right now. Your place in the queue ({ $place }) is kept, and the picture starts as soon as it is back.
status-resuming =
    “{ $prompt }”
    The work was interrupted and goes on soon.
status-painting =
    “{ $prompt }”
    { $bar } { $percent }%
    step { $step } of { $steps }
status-elapsed = { $elapsed } so far
status-left = about { $left } left
status-loss = distance from the prompt: { $loss }

# The result

result-caption-animation = How “{ $prompt }” was painted
result-slot = Ready: “{ $prompt }”
result-prompt = “{ $prompt }”
result-seed = seed <code>{ $seed }</code>
result-facts = { $width }×{ $height }, { $steps ->
    [one] { $steps } step
   *[other] { $steps } steps
}, { $time }
result-lost = “{ $prompt }” was ready, but its file has been lost. Sorry about that. Please try again.

sorry = “{ $prompt }” could not be painted, and there are no more attempts. It does not count towards today's pictures.
sorry-reason = “{ $prompt }” could not be painted. { $reason } It does not count towards today's pictures.
cancelled = “{ $prompt }” was cancelled. It does not count towards today's pictures.
cancelled-midway = “{ $prompt }” was stopped at step { $step } of { $steps }. It does not count towards today's pictures.

# Time: after “in about”, before “so far” and in the caption

time-seconds = { $seconds } s
time-minutes = { $minutes } min
time-minutes-seconds = { $minutes } min { $seconds } s
time-hours = { $hours } h { $minutes } min
