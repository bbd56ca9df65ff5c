# What can be wrong with a request.
request-empty = Tell me what to paint: the prompt is empty.
request-too-long = The prompt is { $length } characters long. The limit is { $limit }.
request-too-many-phrases = The prompt has { $count } phrases. The limit is { $limit }.
request-too-many-scenes = The prompt has { $count } scenes. The limit is { $limit }.
request-scene-empty = One of the scenes has no words in it: there must be some text on both sides of “^”.
request-phrase-empty = One of the phrases has no words in it: there must be some text on both sides of “|”.
request-weight-not-a-number = “{ $value }” cannot be a weight: it takes an ordinary number, such as 1.5 or -0.5.
request-weight-too-large = The weight { $value } is too large: it must lie between -{ $limit } and { $limit }.
request-weights-zero = All the weights are zero, so there is nothing to paint.
request-size-unreadable = I could not read the size “{ $value }”: write it like 256x384, the width first.
request-side = A side of { $value } pixels is not possible: it must lie between { $low } and { $high }.
request-area = { $width }×{ $height } is too large: together the sides may cover at most { $limit } pixels.
request-steps = { $value } steps are not possible: there must be between { $low } and { $high }.
request-seed = The seed { $value } is not possible: it must be a whole number between { $low } and { $high }.
request-cutouts = { $value } cutouts are not possible: there must be between { $low } and { $high }.
request-init-noise = There is no start of a picture called “{ $value }”; there are { $choices }.
request-quality = There is no quality called “{ $value }”; choose { $near }.
request-shape = There is no shape called “{ $value }”; choose { $near }.
request-ratio = The ratio “{ $value }” will not do: write, for example, 3:2; one side may be at most { $limit } times the other.
request-fps = { $value } frames a second will not do: it must be { $low } to { $high }.
request-contradiction = “{ $first }” and “{ $second }” do not go together: keep one of them.
request-parameters-only = There are only parameters here: add words, for example: a red cat, { $value }
style-words = A name of a style has up to 24 characters, its phrase up to 80, without | : ^. This is wrong: “{ $value }”.
style-weight = The weight must be between { $low } and { $high }.
request-steps-total = { $scenes } scenes would take { $total } steps in all. The limit is { $limit }.
request-every = A frame every { $value } steps is not possible: it must be between { $low } and { $high }.
request-tile-moves = A picture whose edges meet cannot zoom or shift: leave one of the two out.
request-frames = The animation would have { $count } frames. The limit is { $limit }. Make “every” larger or take fewer steps.
request-optimizer = There is no optimiser called “{ $value }”; there are { $choices }.
request-learning-rate = A learning rate of { $value } is not possible: it must lie between { $low } and { $high }.
request-final-rate = A final rate of { $value } is not possible: it must lie between { $low } and { $high }.
request-enough = “{ $value }” is not possible here: choose { $choices }.
request-enough-alone = Only a single picture that does not move can end by itself: leave out --enough, or the number of pictures and the motion.
request-coarse = A coarse share of { $value } is not possible: it must lie between { $low } and { $high }.
request-first-cutouts = { $value } first cutouts are not possible: there can be { $low } to { $high }.
request-cut-power = A cut power of { $value } is not possible: it must lie between { $low } and { $high }.
request-augment = There is no augmentation called “{ $value }”; there are { $choices }.
request-finish = There is no finish called “{ $value }”; there are { $choices }.
request-noise-prompt = I could not read the noise prompt “{ $value }”: write it like 42 or 42:0.5, a seed and its weight.
request-too-many-noise-prompts = There are { $count } noise prompts. The limit is { $limit }.
request-zoom = A zoom of { $value } is not possible: it must lie between { $low } and { $high }.
request-shift = I could not read the shift “{ $value }”: write it like 3,-2, the pixels to the right and down, up to { $limit }.
request-model-name = “{ $value }” cannot be the name of a model.
request-picture-name = “{ $value }” cannot be the name of a picture.
request-targets = { $count } target pictures are too many. The limit is { $limit }.
request-styles = For /style I need one picture or two, and here are { $count }.
request-init-weight = The init weight { $value } is not possible: it must be a number between { $low } and { $high }.
request-init-weight-alone = An init weight needs an init picture: add one.
request-init-weight-moves = A picture that --zoom or --shift moves cannot be held to the picture it began with: leave the init weight out.
sources-gone = The pictures that it was painted from are no longer kept: please send them once more.
request-unreadable = The request could not be read.
request-nothing-wanted = This says only what must not be in the picture. Add what to paint, for example: cat | blue:-1
request-unknown = I can’t paint that yet: { $left }. /help says what I can.
request-unknown-related = I can’t paint that yet: { $left }. I could try: { $related }.
request-stopped = This is something that I do not paint: let us try something else.

# What can be wrong with an entry of the stop list.
stop-unreadable = I could not read the entry “{ $value }”.
stop-exception = The exception “{ $value }” has to be one word, or several in a row, without + and /.
stop-too-long = The entry is too long. The limit is { $limit } characters.
stop-too-short = The entry “{ $value }” is too short and would catch too much: it takes at least { $begins } letters, or { $whole } for a whole word marked with =.
stop-too-many = There can be at most { $limit } changes to the stop list.

# What a picture may be asked to be: `store.request.presets`.
quality-quick = quick
quality-standard = standard
quality-fine = fine
shape-square = square
shape-portrait = portrait
shape-landscape = landscape
shape-wide = wide

# Why a good request is not taken right now.
no-credits = Your credits for today are used up. You can paint again in { credits-wait }.
credits-short = This picture costs { credits-price } and you have { $left } left. There will be new ones in { credits-wait }; a smaller picture costs less.
credits-never = { $daily ->
    [0] There are no free credits for you here at present. The administrator of the bot can change that.
   *[other] This picture costs { credits-price }, and a day brings only { $daily }. Choose a smaller size or fewer steps.
}
credits-price = { $price } { $price ->
    [one] credit
   *[other] credits
}
credits-wait = { $hours ->
    [0] { credits-minutes }
   *[other] { $hours } h{ credits-minutes-after }
}
credits-minutes-after = { $minutes ->
    [0] { "" }
   *[other] { " " }{ credits-minutes }
}
credits-minutes = { $minutes } min
too-many-jobs = { $count ->
    [one] You already have a picture in the queue; wait until it is done or cancel it: /cancel.
   *[other] You already have { $count } pictures in the queue; wait until one is done or cancel one: /cancel.
}
queue-full = { $count ->
    [one] One picture waits already
   *[other] { $count } pictures wait already
}, and the queue takes no more. Try again { $minutes ->
    [0] later
    [one] in about a minute
   *[other] in about { $minutes } minutes
}.
paused = I am paused and take no new pictures for now. What I have taken already will be painted.
paused-because = I am paused and take no new pictures for now: { $reason }
blocked = You are banned from this bot.
blocked-because = You are banned from this bot. The reason: { $reason }

# What went wrong with a job.
job-lost = Painting broke off several times, so I stopped.
engine-failed = Something went wrong while painting.
engine-too-slow = The picture took too long, so I stopped.
memory-short = A picture of { $width }×{ $height } needs about { $need } GB of memory, and { $free } GB are free; the largest of the same shape that fits is { $most_width }×{ $most_height }.
memory-none = There is too little memory for a picture of any size: { $free } GB are free.
memory-out = The memory ran out while painting; a smaller size will need less.
model-unknown = I know no model called “{ $name }”; there is { $near }.
model-missing = The model “{ $name }” is not on this machine.
model-missing-pull = { $alias ->
    [no] The model “{ $name }” is not on this machine; this brings it:
   *[yes] “{ $name }” is not on this machine; there is { $own }, and this brings it:
} { TYPED("engine", "models pull") } { $own }
model-only-by-hand = The model “{ $name }” is not on this machine, and no program can fetch it. { by-hand }
by-hand = { $note ->
    [page] Download it from { $page }, then: { TYPED("engine", "models add") } { $adds } --name { $own }
    [archive] Unpack { $page }, then: { TYPED("engine", "models add") } { $adds } --name { $own }
    [account] It is on { $page }, for those who have an account there; then: { TYPED("engine", "models add") } { $adds } --name { $own }
   *[other] { $note }
}
prior-missing = The model “{ $name }” has no prior to begin with: choose another start.
model-architecture = open_clip knows no architecture called “{ $name }”.
model-architecture-closed = The architecture “{ $name }” reads texts in a way that is not supported.
model-unreadable = The weights of “{ $name }” do not fit: the file is damaged, or of another model.
checkpoint-code = “{ $name }” asks for { $names }, which no checkpoint needs; I ran nothing of it and do not read it.
checkpoint-page = “{ $name }” is a web page and no checkpoint: its address leads elsewhere today.
checkpoint-damaged = “{ $name }” cannot be read as a checkpoint: it is damaged, cut short, or something else; fetch it again.
checkpoint-misfit = The weights in “{ $name }” do not fit its configuration: { $kind ->
    [missing] they lack
    [size] of another size are
   *[unknown] too many are
} { $keys }.
config-missing = There is no configuration “{ $path }”.
config-useless = --config is for a VQGAN in a file of yours, and “{ $name }” needs none.
config-differs = The weights in “{ $name }” do not fit its configuration: { $part } is { $weights } in the weights and { $config } in the configuration; name the right one with --config.
weights-none = { $kind ->
    [empty] “{ $name }” is empty: fetch it again.
    [lfs] “{ $name }” is only a pointer of Git LFS: run “git lfs pull” in its folder.
    [annex] “{ $name }” is only a pointer of git-annex: run “git annex get” on it.
    [archive] “{ $name }” is an archive ({ $about }): unpack it and name the file that is inside.
    [text] “{ $name }” is a text and no file of weights: it was saved from a wrong address.
   *[foreign] “{ $name }” is a file of { $about } and no weights of PyTorch.
}
weights-other = { $kind ->
    [vqgan] “{ $name }” is a VQGAN: name it with --vqgan.
    [clip] “{ $name }” is a CLIP: name it with --clip.
    [transformers-clip] “{ $name }” is a CLIP of transformers: name it with --clip.
    [half-clip] “{ $name }” is half a CLIP: it needs both the image encoder and the text encoder.
    [kl] “{ $name }” is a KL autoencoder, as in Stable Diffusion: it has no codebook, so it is no VQGAN.
    [diffusers-vq] “{ $name }” is a VQGAN that diffusers has renamed: take the authors' own file.
    [diffusion] “{ $name }” is a diffusion model, such as Stable Diffusion: I do not paint with those.
    [transformer] “{ $name }” is a transformer without the VQGAN that it was trained on.
    [lora] “{ $name }” is a LoRA, an addition to a diffusion model: I do not paint with those.
    [inversion] “{ $name }” is a textual inversion for a diffusion model: I do not paint with those.
    [nothing] “{ $name }” has no weights in it.
   *[unknown] I do not know the model in “{ $name }”: its weights begin with { $keys }.
} { $needed ->
    [vqgan] To fetch a VQGAN: { TYPED("engine", "models pull") } imagenet_f16_16384
    [clip] To fetch a CLIP: { TYPED("engine", "models pull") } ViT-B-32/openai
   *[ruclip] To fetch a ruCLIP: { TYPED("engine", "models pull") } ruclip-vit-base-patch32-384
}
clip-architecture = “{ $name }” is a CLIP that does not tell its architecture: write it before the file, as in --clip { $first }:{ $name }{ $count ->
    [0] {""}
   *[other] {" "}(its sizes are those of { $near })
}.
clip-foreign = “{ $name }” is a model of transformers of the kind { $kind }; I read only its CLIP. To fetch a CLIP: { TYPED("engine", "models pull") } ViT-B-32/openai
folder-unknown = I do not know the model in the folder “{ $name }”: a ruCLIP has bpe.model in it, a CLIP of transformers config.json, one of open_clip open_clip_config.json.
checkpoint-no-room = There is no room on the disk for “{ $path }”: it takes { $megabytes } MB.
checkpoint-unwritable = Nothing can be written to “{ $path }”.
config-target = The configuration “{ $name }” asks for { $target }; I read only VQModel and GumbelVQ of taming, and VQModel of latent diffusion.
config-unreadable = The configuration “{ $name }” is not one of taming's that I can paint with: look at “{ $part }”.
picture-missing = There is no picture “{ $name }”.
picture-gone = The picture “{ $name }” is no longer kept: send it once more.
picture-locked = The picture “{ $name }” cannot be read: { $reason }.
picture-empty = “{ $name }” is empty: there is no picture in it.
picture-page = “{ $name }” is a web page, not a picture: save the picture itself.
picture-text = “{ $name }” is text, not a picture.
picture-foreign = “{ $name }” is not a picture that I can open: I read { $formats }.
picture-video = “{ $name }” is a video: save one of its frames as a picture, for example by ffmpeg -i { $name } -frames:v 1 frame.png
picture-damaged = The picture “{ $name }” is damaged or cut short.
picture-heavy = The picture “{ $name }” is too large. The limit is { $limit } MB.
picture-large = The picture “{ $name }” has too many pixels. The limit is { $limit } million.
input-damaged = The picture is damaged or incomplete.
input-foreign = This is not a picture that I can open; I read { $formats }.
input-heavy = The picture is too large. The limit is { $limit } MB.
input-large = The picture has too many pixels. The limit is { $limit } million.
input-unreachable = Telegram did not send me the picture: please send it once more.
input-not-only = There is more than pictures in the album: please send it without videos and other files.

# What a person should know before the picture is painted.
notice-will-paint = I will paint { $what }, but not { $left }: I cannot do that yet.
notice-cannot-paint = I cannot paint { $left } yet, so the picture may be something else.

# What a person should know about a finished picture.
request-draft-language = { $reads ->
    [cyrillic] { $name } reads Russian only: write the words in Russian.
   *[other] { $name } reads English only: write the words in English.
}
notice-draft-language = { $reads ->
    [cyrillic] { $chosen } reads Russian only, so this is painted as usual.
   *[other] { $chosen } reads English only, so this is painted as usual.
}
notice-draft-other = { $chosen } does not read this language, so { $name } draws.
notice-draft-unread = The draft leaves out what its model cannot read: { $words }.
notice-weights = Weights: { $weights }.
notice-unread = Not a parameter, so it stayed in the description: { $words }.
notice-no-film = There is no animation: { $reason }.
notice-enough = It no longer got better, so it was finished at step { $step } of { $steps }.
notice-size-rounded = The size was rounded to { $width }×{ $height }.
notice-text-cut = A phrase was too long for the model, which read it only as far as “… { $end }”.
notice-tiny-guide = The words in { $script ->
    [cyrillic] Cyrillic
   *[latin] Latin
} letters were read by the small model, which knows few of them; the big one reads only the others.
notice-words-unknown = The model doesn't know these words: { $words }.
notice-outside-world = The small models know { $count } things, and this is not one of them; they can paint { $near }.

# What the operating system refuses; `os-error` is a part of other sentences.
os-failed = { $path ->
    [none] It did not work: { $reason }.
   *[other] It did not work with “{ $path }”: { $reason }.
}
os-error = { $code ->
    [ENOSPC] the disk is full
    [EDQUOT] the quota of the disk is used up
    [EACCES] there is no permission for it
    [EPERM] it is not allowed
    [EROFS] the disk can only be read
    [ENOENT] there is no such file or folder
    [EISDIR] it is a folder
    [ENOTDIR] a part of the path is no folder
    [EEXIST] it is there already
    [ENAMETOOLONG] the name is too long
    [EMFILE] too many files are open
    [ELOOP] the links lead in a circle
    [EBUSY] it is in use
    [EIO] the disk reports an error
    [ENOMEM] there is too little memory
    [EFBIG] the file would be too large
    [ENETUNREACH] there is no network
    [EHOSTUNREACH] there is no way to it
    [ECONNREFUSED] the connection was refused
    [ECONNRESET] the connection was broken off
    [ETIMEDOUT] it does not answer
   *[other] { $text }
}

# What is wrong with the database.
store-away = The store cannot be used: { $reason }.
database-unopened = The database { $place } cannot be opened: { $trouble ->
    [missing] there is no such file. The bot or the engine makes it when it starts; if it is elsewhere, say where by MAZOK_DATABASE.
    [full] its disk is full. Free some space.
    [read-only] its disk is read-only. Make it writable, or name another place by MAZOK_DATABASE.
    [denied] user { $user } may not write there, permission is denied. Give the folder to that user (chown), or name another by MAZOK_DATABASE.
   *[other] { $reason }.
}
database-empty = The database { $place } has no tables yet: the bot or the engine makes them when it starts.
database-address = MAZOK_DATABASE is not the address of a database, such as sqlite:///data/mazok.db or postgresql://user:password@host/mazok.
database-in-memory = Bot and engine cannot share a database in memory: give MAZOK_DATABASE a file, such as sqlite:///data/mazok.db.
database-scheme = MAZOK_DATABASE must begin with sqlite:// or postgresql://.
database-connections = In MAZOK_DATABASE connections= takes a whole number, 1 at least.
database-pooler-word = In MAZOK_DATABASE pooler= is yes or no.
database-pooler = A pooler stands before the database { $place }: add ?pooler=yes to MAZOK_DATABASE.
database-newer = The database was made by a newer version of Mazok (its tables are at { $tables }, this version knows { $known }): update Mazok.
database-elsewhere = The SQLite file is in use on another machine too ({ $host }), which would damage it: give MAZOK_DATABASE a postgresql:// address.
database-gone = The database's file { $name } is gone.
database-replaced = The database's file was replaced meanwhile.
database-without-tables = The database's file was replaced by one without Mazok's tables.

# `python -m store`: backups.
backup-incomplete = { $folder } is not a complete backup of Mazok.
backup-format = { $folder } was made by another version of Mazok: use that one.
backup-exists = { $folder } exists already: name a new folder.
backup-failed = The backup failed, and { $folder } is removed: { $reason }.
backup-postgresql = A PostgreSQL database is backed up and restored by pg_dump and pg_restore; see docs/run.md.
backup-no-database = There is no database at { $path }.
backup-damaged = The database is damaged, or not one of Mazok: { $reason }.
backup-done = Backed up into { $folder }: { backup-contents }.
backup-contents = the database up to job { $job }, { $files } { $files ->
    [one] file
   *[other] files
}
restore-failed = The backup cannot be restored: { $reason }.
restore-taken = { $path } exists: stop bot and engine, and move it away first.
restore-newer-files = MAZOK_FILES has files of jobs newer than the backup: move them away.
restore-done = The backup of { $time } is restored: { backup-contents }.

# `python -m store check`: what is wrong with the rows and the files.
fault-line = { $number }: { $what } ({ $count }){ $examples ->
    [none] { "" }
   *[other] : { $examples }
}{ $harmful ->
    [no] . It comes right by itself.
   *[yes] .
}
fault-none = Nothing is wrong.
fault-total = { $count ->
    [one] { $count } kind of fault.
   *[other] { $count } kinds of faults.
}
fault-jobs-of-one-request = requests with several jobs
fault-end-in-part = jobs whose end is recorded in part only
fault-result-of-unfinished = results of jobs that are not done
fault-no-picture-message = done jobs with messages but without one for the picture
fault-charge = jobs whose charge and refund do not fit their end
fault-granted = accounts whose granted credits differ from the ledger
fault-attempts = jobs with too many attempts without progress
fault-token = results that were written under another token than that of their job
fault-lease = running jobs whose lease has expired
fault-message-lease = jobs whose messages are claimed under a lease that has expired
fault-cancelled-queued = cancelled jobs that are queued again
fault-images-never = jobs that wait for images which nobody will download
fault-files-missing = missing files
fault-pictures-damaged = pictures that are damaged
fault-latents-gone = paintings that start anew, since their latent is gone
fault-orphans = files that nothing names: the bot deletes them
fault-database = faults of the database itself

# What can be wrong with the settings.
setting-wrong = { $name } is wrong: { $kind ->
    [literal_error] it can be { $choices }
    [int] it takes a whole number
    [float] it takes a number
    [greater_than_equal] it takes { $bound } at least
    [less_than_equal] it takes { $bound } at most
    [greater_than] it takes more than { $bound }
   *[other] { $reason }
}
setting-files-in-memory = bot and engine cannot share files in memory; give it a folder
setting-files-elsewhere = SQLite serves one machine and { $scheme }:// serves several: give MAZOK_DATABASE a postgresql:// address, or MAZOK_FILES a folder
setting-admins = it takes numbers, such as 7001 or 7001,7002: each person's own is in the bot's answer to /me
setting-proxy = it must look like http://host:port or socks5://user:password@host:port
setting-listen = it must look like 127.0.0.1:8443
setting-address = it must begin with http:// or https://
settings-file-unreadable = { $path } cannot be read: { $reason }
settings-file-encoding = { $path } is in no known encoding: save it as UTF-8
settings-file-open = { $path } can be read by other users: chmod 600 { $path }
settings-file-line = { $path }, line { $line } is not written as NAME=value
token-missing = MAZOK_TOKEN is missing: put the token from @BotFather into the environment or .env
token-malformed = MAZOK_TOKEN is not a bot token: @BotFather gives one that looks like 123456789:AbC…
token-refused = Telegram does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave
telegram-proxy-library = A proxy needs one more library. In the folder of Mazok: { PIP() } install -c constraints.txt -e ".[proxy]"
telegram-proxy-wrong = The proxy's address is wrong: { $reason }

# What can be wrong with what was typed, in every program.
no-such-command = { $of ->
    [none] There is no command “{ $name }”{ $near ->
        [none] ; { $count ->
            [one] there is only
           *[other] there are
        } { $known }.{ $suggestion ->
            [none] { "" }
           *[other] {" "}To paint it: { $suggestion }
        }
       *[other] ; did you mean “{ $near }”?
    }
   *[other] There is no command “{ $of } { $name }”{ $near ->
        [none] ; { $count ->
            [one] there is only
           *[other] there are
        } { $known }.
       *[other] ; did you mean “{ $of } { $near }”?
    }
}
command-is-option = “{ $name }” is written with two dashes: { $line }
option-unknown = There is no option { $option }{ $near ->
    [none] ; all of them: { $help }.{ $word ->
        [no] { "" }
       *[yes] {" "}What begins with a minus and is no option stands after “--”.
    }
   *[other] ; did you mean { $near }?
}
option-empty = { $option } needs a value: { $option } { $metavar }{ $minus ->
    [none] .
   *[other] . One that begins with a minus is written { $option }={ $minus }
}
option-switch = { $option } takes no value: leave “={ $value }” out.
option-whole = { $option } takes a whole number; “{ $value }” is not one.
option-number = { $option } takes a number; “{ $value }” is not one.
pull-needs-names = Which model? For example: { TYPED("engine", "models pull") } imagenet_f16_16384 (the list: { TYPED("engine", "models") })
add-needs-path = Which file? For example: { TYPED("engine", "models add") } last.ckpt
words-too-many = I do not know what to do with “{ $words }”{ $command ->
    [none] .
   *[other] {" "}after “{ $command }”.
}

# --help of every program
help-usage = Usage
help-options = [OPTIONS]
help-examples = Examples
help-help = show this help
help-default = default: { $value }

# --help of `python -m store`
help-store = Backs up, restores or checks what bot and engine share: the database and the files.
word-backup-to = TO
word-restore-from = FROM
help-store-backup = copy database and files into a new folder, while bot and engine run
help-backup-to = the folder; it must not exist yet
help-store-restore = copy a backup to where MAZOK_DATABASE and MAZOK_FILES say, if that is free
help-restore-from = the folder of a backup
help-store-check = check the database, its rows and the files; the exit code is 1 if something is wrong
help-store-quick = do not decode the pictures
backup-needs-folder = Into which folder? For example: { TYPED("store", "backup") } /mnt/backups/mazok
restore-needs-folder = From which folder? For example: { TYPED("store", "restore") } /mnt/backups/mazok
examples-store =
    backup /mnt/backups/mazok
    restore /mnt/backups/mazok
    check --quick
examples-store-backup = backup /mnt/backups/mazok
examples-store-restore = restore /mnt/backups/mazok
examples-store-check =
    check
    check --quick

# The console script `mazok`.
mazok-help =
    mazok COMMAND [ARGUMENTS]: a Telegram bot that paints from words.

    draw PROMPT   paint a picture without Telegram
    models        list, download or add models
    bot           run the bot, which talks to Telegram
    engine        run the engine, which paints
    check         look at all that bot and engine need
    board         show queue, pictures and alerts in a browser
    backup TO     copy database and files into a new folder, while both run
    restore FROM  bring such a copy back
    demo          show the bot and the engine at work, without Telegram

    COMMAND --help says more; --version shows the version.
extra-missing = The package { $package } is not installed. In the folder of Mazok: { PIP() } install -c constraints.txt -e ".[{ $extra }]"
mazok-unknown = There is no command “{ $name }”; did you mean: mazok { $near }
request-drafts = { $value } drafts are not possible: there must be between { $low } and { $high }.
request-keep = { $value } pictures at once are not possible: there must be between { $low } and { $high }.
request-pick = There is no picture { $value }: choose one from { $low } to { $high }, of those that --keep says.
request-keep-at-once = Pictures are either of several seeds or the kept ones of one seed's drafts, not both.
request-border = The border “{ $value }” is not clear: write it like up=4 or up=4,left=2, with up to { $limit } rows or columns of codes.
request-border-alone = Name the picture whose border is kept: --complete FILE.
request-keep-drafts = { $keep } pictures cannot be kept of { $drafts ->
    [one] one draft
   *[other] { $drafts } drafts
}: make --drafts larger or --keep smaller.
request-top-k = A top-k of { $value } is not possible: it must lie between { $low } and { $high }.
request-top-p = A top-p of { $value } is not possible: it must lie between { $low } and { $high }.
request-temperature = A temperature of { $value } is not possible: it must lie between { $low } and { $high }.
request-at-once = { $value } pictures at once are not possible: there must be between { $low } and { $high }.
request-draft-alone = Name the drafter too: --draft rudolph.
request-draft-init = A painting begins with a draft or with an image, not with both: leave out --draft, or --init and --init-noise.


# What --check finds in the store.
check-database = Database { $place }: read and written, tables { $version }{ $journal ->
    [none] .
   *[other] , journal { $journal } (SQLite { $sqlite }).
}
check-database-older = Database { $place }: read and written; its tables are { $version }, and the next start makes them { $newest }.
check-database-failed = The database { $place } cannot be used: { $trouble ->
    [full] its disk is full. Free some space.
    [read-only] its disk is read-only. Make it writable, or name another place by { $setting }.
    [denied] user { $user } may not write there, permission is denied. Give the folder to that user (chown), or name another by { $setting }.
   *[other] { $reason }.
}
check-files = Files { $place }: written and read back.
check-files-failed = The files' folder { $place } cannot be written: { $trouble ->
    [full] its disk is full. Free some space.
    [read-only] its disk is read-only. Make it writable, or name another place by { $setting }.
    [denied] user { $user } may not write there, permission is denied. Give the folder to that user (chown), or name another by { $setting }.
   *[other] { $reason }.
}
check-engines = { $names ->
    [none] No engine is at work: start one, mazok engine.
   *[other] Engines at work: { $names }.
}
check-said = { $sentence }
check-setting-unknown = { $near ->
    [none] The setting { $name } is unknown and has no effect.
   *[other] The setting { $name } is unknown and has no effect; did you mean { $near }?
}
