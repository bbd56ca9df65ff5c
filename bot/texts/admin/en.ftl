# A line of /help

help-administrators = Commands for administrators are in the menu of our private chat.

# Credits: /me

me-own =
    <b>{ $free } of { $daily }</b> credits are left for today, { $used } used.
    New ones come in { credits-wait }.
me-none = You have no credits of your own: I paint for you in groups that have some.
me-granted = { $count } more { $count ->
    [one] was granted to you and stays
   *[other] were granted to you and stay
} until used.
me-group = This group has <b>{ $left } of { $daily }</b> shared credits left, { $used } used.
me-usable = Of these, { $count } can be yours today.
me-rule = A usual picture costs one credit, a large one more; failed and cancelled ones cost nothing.
me-number = Your number: <code>{ $id }</code>
credits-count = { $count } { $count ->
    [one] credit
   *[other] credits
}

# The administrators' menu

menu-queue = who waits and what is being painted
menu-stats = the pictures of two weeks
menu-user = what is known of somebody
menu-quota = credits a day
menu-grant = give somebody credits
menu-ban = ban somebody
menu-unban = lift a ban
menu-allow = put somebody on the list
menu-disallow = take somebody off the list
menu-drop = take a picture out of the queue
menu-stop = what is never painted
menu-styles = the styles to choose from
menu-pause = take no new pictures
menu-resume = take pictures again
menu-broadcast = write to all chats

# How commands are written

usage-who = USER is a number or an @name, or nothing at all in a reply to the person's message.
usage-quota =
    <code>/quota USER 10</code>: credits a day for one person
    <code>/quota chat 30</code>: for this group (or a group's number instead of chat)
    <code>/quota default 20</code>: for all who have no number of their own
    <code>/quota chats 20</code>: for all groups
    With <code>default</code> instead of the number it is again as for all. { usage-who }
usage-grant = How many? For example: <code>/grant USER 10</code>. A negative number takes granted ones back. { usage-who }
usage-ban = Whom? For example: <code>/ban USER reason</code>. The person will see the reason. { usage-who }
usage-unban = Whom? For example: <code>/unban USER</code>. { usage-who }
usage-allow =
    <code>/allow USER</code>: put a person on the list
    <code>/allow chat</code>: let in everybody who writes in this group
    <code>/allow link</code>: a link that lets in whoever opens it first
    { usage-who }
usage-disallow =
    <code>/disallow USER</code>: take a person off the list
    <code>/disallow chat</code>: the same for this group
    <code>/disallow link</code>: links that nobody has opened let nobody in
    { usage-who }
usage-styles =
    <code>/styles set акварель / watercolour / 0.6</code>: add a style, or change it; behind “=” goes what the prompt gets: <code>пиксели = пиксель-арт / pixels = pixel art / 0.6</code>
    <code>/styles drop watercolour</code>: remove it
usage-user = About whom? For example: <code>/user USER</code>. { usage-who }
usage-drop = Which picture? For example: <code>/drop 15</code>. The numbers are in /queue.
usage-broadcast = Write the text after the command: <code>/broadcast The bot is off tomorrow.</code> Bold type and links are kept.
admin-name-unknown = I have not met { $name }. A person's number always works.

# What has been done

quota-now =
    Credits a day at present: { $people } for a person, { $groups } for a group.

    { usage-quota }
quota-of = { $who }: { credits-count } a day, { $left } left today.
quota-set = { $who }: { credits-count } a day from now on, { $left } left today.
quota-daily_credits = Everybody has { credits-count } a day now.
quota-group_credits = Every group has { credits-count } a day now.
grant-given = { $who }: { credits-count } granted. Now { $left } left.
grant-taken = { $who }: { credits-count } taken back. Now { $left } left.
grant-none = { $who }: there are no granted credits to take back.
styles-set = The style “{ $label }” holds from now on.
styles-dropped = The style “{ $label }” is gone.
styles-absent = There is no style “{ $label }”.
styles-full = There are as many styles as there can be: drop one first.
ban-done = { $who } can no longer use the bot.{ $stopped ->
    [0] { "" }
    [one] { " " }{ $stopped } picture was stopped.
   *[other] { " " }{ $stopped } pictures were stopped.
}
ban-admin = This is an administrator, who cannot be banned.
unban-done = { $who } can use the bot again.
unban-none = { $who } was not banned.
access-rule = { $access ->
    [list] Only administrators and those on the list may use the bot.
   *[other] Everybody may use the bot now. To let in only those on the list, set MAZOK_ACCESS=list and start the bot again.
}
allow-now =
    { access-rule }
    { $count ->
        [0] The list is empty.
       *[other] On the list ({ $count }): { $names }{ $more ->
            [0] { "" }
           *[other] , and { $more } more
        }
    }

    { usage-allow }
allow-done = { $who } is on the list. { access-rule }
allow-known = { $who } is on the list already. { access-rule }
allow-link = This link lets in whoever opens it first, for a week: { $link }
allow-name-link = I have not met { $name } yet. Send them this link: it lets in whoever opens it first, for a week: { $link }
disallow-done = { $who } is off the list. { access-rule }
disallow-none = { $who } is not on the list. { access-rule }
disallow-admin = This is an administrator, who is always let in.
disallow-links = { $count ->
    [0] There were no unopened links.
    [one] { $count } unopened link lets nobody in any more.
   *[other] { $count } unopened links let nobody in any more.
}
pause-done = Paused. New requests are refused, what was taken before will be painted. /resume ends the pause.
resume-done = Taking pictures again.
resume-none = There was no pause.
drop-dropped = Picture { $job } is out of the queue, its credits are paid back.
drop-stopping = Picture { $job } is being painted: stopping it, its credits come back.
drop-finished = Picture { $job } has ended already.
drop-unknown = There is no picture { $job }.

# The stop list: /stop

usage-stop =
    <code>/stop add word</code>: paint it no more; several with commas between them
    <code>/stop allow word</code>: an exception, which looks alike but is fine
    <code>/stop drop word</code>: out of the list, or of the exceptions
    <code>/stop try prompt</code>: test a prompt

    A word catches all that begins with it; <code>*word</code> all that holds it, <code>=word</code> that very word. <code>a/b + c</code> catches prompts with c and, beside it, a or b.
stop-head-stop = <b>What is never painted</b>: { $count } { $count ->
    [one] entry
   *[other] entries
}
stop-head-exception = <b>Exceptions</b>: { $count } { $count ->
    [one] entry
   *[other] entries
}
stop-page = Page { $page } of { $pages }; + marks what you have added
stop-to-stop = Stop list
stop-to-exception = Exceptions
stop-added = Not painted any more: { $entries }
stop-allowed = Fine from now on: { $entries }
stop-dropped = Taken out: { $entries }
stop-known = There already: { $entries }
stop-absent = Not in the list: { $entries }
stop-caught = Refused because of <code>{ $entry }</code>.
stop-free = This I would paint.
stop-private = The stop list opens in our private chat.

# What can be looked at

queue-empty = The queue is empty.
queue-head = <b>Queue</b>: { $running } being painted, { $waiting } waiting
queue-running = <code>{ $job }</code> at { $percent }% · { $who } · { $age } · “{ $prompt }”
queue-waiting = <code>{ $job }</code> waits · { $who } · { $age } · “{ $prompt }”
queue-more = …and { $count } more
user-unknown = Nobody with the number <code>{ $id }</code> has been here.
user-since = Here since { $date }
user-jobs = Pictures: { $done } done, { $failed } failed, { $cancelled } cancelled, { $unfinished } unfinished
user-credits = Credits: { $used } of { $daily } today, { $granted } granted, { $left } left
user-quota = A number of their own: { credits-count } a day
user-blocked = Banned, reason: { $reason }
user-deed = { $date } { $action } ({ $admin }) { $details }
stats-head = <b>{ $days ->
    [one] { $days } day
   *[other] { $days } days
}</b>: { $asked } { $asked ->
    [one] picture
   *[other] pictures
}
stats-outcomes = { $done } done, { $failed } failed, { $cancelled } cancelled, { $unfinished } unfinished
stats-waiting = waited { $time } on average
stats-painting = painted in { $time } on average
stats-people = { $today ->
    [one] { $today } person today
   *[other] { $today } people today
}, { $most } on the best day
chart-jobs = Pictures by day
chart-done = done
chart-failed = failed
chart-cancelled = cancelled
chart-unfinished = unfinished
chart-times-seconds = Mean times, seconds
chart-times-minutes = Mean times, minutes
chart-waiting = waiting
chart-painting = painting
chart-people = People who paint

# Broadcasts

cast-confirm = Send this to { $count } { $count ->
    [one] chat
   *[other] chats
}?
button-cast-send = Send
button-cast-drop = Discard
button-cast-stop = Stop
cast-send = Sending.
cast-drop = Not sending.
cast-stop = Stopping.
cast-dropped = The message was not sent.
cast-running = Sending: { $sent } of { $total }
cast-done = All sent: { $sent } of { $total }
cast-stopped = Stopped: { $sent } of { $total } sent
cast-uncertain = not known whether delivered: { $count }
cast-unreachable = the bot is blocked: { $count }
cast-failed = not delivered: { $count }

report-private = I show reports in our private chat only: press Start there first.

# Alerts

alert-failed = ⚠️ Picture { $job } failed. { $reason }{ $count ->
    [1] { "" }
   *[other] { " " }{ $count } of them in all.
}
alert-update = ⚠️ An update of Telegram could not be handled and was set aside: { $kind } { $id }.{ $count ->
    [1] { "" }
   *[other] { " " }{ $count } of them in all.
}
alert-engine-lost = ⚠️ The engine “{ $worker }” dropped picture { $job } and does not answer.{ $count ->
    [1] { "" }
   *[other] { " " }That happened { $count } times.
}
alert-undeliverable = ⚠️ A message about picture { $job } could not be delivered: { $fault }. If it was the picture, it was refunded.{ $count ->
    [1] { "" }
   *[other] { " " }{ $count } of them in all.
}
alert-encoder = ⚠️ The animation of picture { $job } could not be made: { $fault }. The picture was delivered without it.{ $count ->
    [1] { "" }
   *[other] { " " }{ $count } of them in all.
}
alert-store-away = ⚠️ The store has been unreachable for { $minutes } min. Everything waits, nothing is lost; `--health` and the log say why.
alert-store-back = ✅ The store is back, and everything goes on.
alert-engine-fault = ⚠️ The engine “{ $worker }” cannot paint and has left the queue: { $fault }. It checks itself and comes back; nobody has paid for it.{ $count ->
    [1] { "" }
   *[other] { " " }That happened { $count } times.
}
alert-engine-back = ✅ The engine “{ $worker }” paints again.
alert-polling = ⚠️ No message has reached the bot for { $minutes } min. Is another program using its token, or is Telegram out of reach? The log says which.
alert-outbox = ⚠️ A message has been waiting to be sent for { $minutes } min.
alert-inbox = ⚠️ A received message has been waiting for an answer for { $minutes } min.
alert-disk = ⚠️ The disk is nearly full: { $megabytes } MB are left for the { $place ->
    [database] database
   *[files] files
}.
alert-no-engine = ⚠️ No engine answers, and { $waiting } { $waiting ->
    [one] picture waits
   *[other] pictures wait
}.
alert-no-model = ⚠️ { $waiting ->
    [1] Picture { $job } waits
   *[other] { $waiting } pictures, { $job } the first of them, wait
} for an engine with the { $missing ->
    [one] model { $models }, and none that answers has it
   *[other] models { $models }, and none that answers has them all
}. <code>python -m engine models pull</code> brings a model, /drop { $job } takes the picture out of the queue.

# What --check finds on the way to Telegram.
check-telegram = Telegram answers{ $server ->
    [none] { "" }
   *[other] { " " }at { $server }
}{ $proxy ->
    [none] { "" }
   *[other] { " " }through the proxy { $proxy }
}: this is @{ $username }.
check-telegram-away = Telegram cannot be reached{ $server ->
    [none] { "" }
   *[other] { " " }at { $server }
}{ $proxy ->
    [none] { "" }
   *[other] { " " }through the proxy { $proxy }
}: { $reason }.{ $hint ->
    [proxy] { " " }Where Telegram is blocked, set MAZOK_PROXY.
    [login] { " " }The proxy asks for another user and password: scheme://user:password@host:port in MAZOK_PROXY.
   *[none] { "" }
}
check-token = Telegram does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave.
check-token-server = The Bot API server does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave, and call logOut at Telegram's own server once.
check-polling = No webhook is set: the bot asks for updates.
check-webhook = Telegram delivers updates to { $host } (waiting: { $pending }).
check-webhook-left = An earlier program has left a webhook to { $host }: the bot removes it when it starts.
check-webhook-unset = { $host ->
    [none] No webhook is set yet: the bot sets that of MAZOK_WEBHOOK when it starts.
   *[other] The webhook leads to { $host }: the bot replaces it by that of MAZOK_WEBHOOK when it starts.
}
check-webhook-failing = Telegram cannot deliver updates to { $host } (waiting: { $pending }): { $reason }. Is the reverse proxy up, and does it pass them on to MAZOK_WEBHOOK_LISTEN?
check-privacy = Privacy mode is on: in groups the bot gets only what concerns it.
check-privacy-off = Privacy mode is off, so the bot gets every message of its groups; /setprivacy at @BotFather changes that.
check-groups-off = The bot cannot be added to groups; /setjoingroups at @BotFather changes that.
check-inline-off = Inline mode is off, so people cannot send their pictures to other chats; /setinline at @BotFather changes that.
check-admins = MAZOK_ADMINS is empty: nobody is told when something breaks. /me shows your number.
check-server-files = The folder { $place } of MAZOK_BOT_API_FILES cannot be read.

# Buttons of the card

card-grant = +{ $count } credits
card-quota = { $count } a day
card-quota-default = as everybody
card-ban = Ban
card-unban = Unban
