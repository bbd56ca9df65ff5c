# What can be wrong with a request.
request-empty = Tell me what to paint: the prompt is empty.
request-too-long = The prompt is { $length } characters long; at most { $limit } will do.
request-too-many-phrases = The prompt has { $count } phrases; at most { $limit } will do.
request-too-many-scenes = The prompt has { $count } scenes; at most { $limit } will do.
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
request-quality = There is no quality called “{ $value }”; there is { $near }.
request-shape = There is no shape called “{ $value }”; there is { $near }.
request-ratio = The ratio “{ $value }” will not do: write, for example, 3:2; one side may be at most { $limit } times the other.
request-fps = { $value } frames a second will not do: it must be { $low } to { $high }.
request-count = { $value } pictures at once will not do: it can be 1, 4 or 9.
request-contradiction = “{ $first }” and “{ $second }” do not go together: keep one of them.
request-parameters-only = There are only parameters here: add words, for example: a red cat, { $value }
request-steps-total = { $scenes } scenes would take { $total } steps in all; at most { $limit } will do.
request-every = A frame every { $value } steps is not possible: it must be between { $low } and { $high }.
request-frames = The film would have { $count } frames; at most { $limit } will do. Make “every” larger or take fewer steps.
request-optimizer = There is no optimiser called “{ $value }”; there are { $choices }.
request-learning-rate = A learning rate of { $value } is not possible: it must lie between { $low } and { $high }.
request-cut-power = A cut power of { $value } is not possible: it must lie between { $low } and { $high }.
request-augment = There is no augmentation called “{ $value }”; there are { $choices }.
request-finish = There is no finish called “{ $value }”; there are { $choices }.
request-noise-prompt = I could not read the noise prompt “{ $value }”: write it like 42 or 42:0.5, a seed and its weight.
request-too-many-noise-prompts = There are { $count } noise prompts; at most { $limit } will do.
request-zoom = A zoom of { $value } is not possible: it must lie between { $low } and { $high }.
request-shift = I could not read the shift “{ $value }”: write it like 3,-2, the pixels to the right and down, up to { $limit }.
request-model-name = “{ $value }” cannot be the name of a model.
request-picture-name = “{ $value }” cannot be the name of a picture.
request-targets = { $count } target pictures are too many; at most { $limit } will do.
request-styles = For /style I need one picture or two, and here are { $count }.
request-init-weight = The init weight { $value } is not possible: it must be a number between { $low } and { $high }.
request-init-weight-alone = An init weight needs an init picture: without one there is nothing to stay near to.
request-init-weight-moves = A picture that --zoom or --shift moves cannot be held to the picture it began with: leave the init weight out.
sources-gone = The pictures that it was painted from are no longer kept: please send them once more.
request-unreadable = The request could not be read.
request-nothing-wanted = This says only what shall not be in the picture. Add what to paint, for example: cat | blue:-1
request-unknown = I cannot paint { $left } yet. I can paint { $examples }, for example.
request-unknown-related = I cannot paint { $left } yet, but I can paint { $related }.
request-stopped = This is something that I do not paint: let us try something else.

# What can be wrong with an entry of the stop list.
stop-unreadable = I could not read the entry “{ $value }”.
stop-exception = The exception “{ $value }” has to be one word, or several in a row, without + and /.
stop-too-long = The entry is too long: at most { $limit } characters will do.
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
no-credits = You have used up your pictures for today. The next one is possible in { credits-wait }.
credits-short = This picture costs { credits-price } and you have { $left } left. There will be new ones in { credits-wait }; a smaller picture costs less.
credits-never = { $daily ->
    [0] There are no free pictures for you here at present. The administrator of the bot can change that.
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
paused = The bot is paused and takes no new pictures for now. What it has taken already will be painted.
paused-because = The bot is paused and takes no new pictures for now: { $reason }
blocked = The administrator has closed this bot for you.
blocked-because = The administrator has closed this bot for you. The reason: { $reason }

# What went wrong with a job.
job-lost = The picture broke off several times, so I gave it up.
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
} python -m engine models pull { $own }
model-only-by-hand = The model “{ $name }” is not on this machine, and no program can fetch it. { $note }
prior-missing = The model “{ $name }” has no prior to begin with: choose another start.
model-architecture = open_clip knows no architecture called “{ $name }”.
model-architecture-closed = The architecture “{ $name }” reads texts in a way that I have not learned.
model-unreadable = The weights of “{ $name }” do not fit: the file is damaged, or of another model.
checkpoint-code = “{ $name }” asks for { $names }, which no checkpoint needs; I ran nothing of it and do not read it.
checkpoint-page = “{ $name }” is a web page and no checkpoint: its address leads elsewhere today.
checkpoint-damaged = “{ $name }” cannot be read as a checkpoint: it is damaged, cut short, or something else.
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
    [vqgan] To fetch a VQGAN: python -m engine models pull imagenet_f16_16384
    [clip] To fetch a CLIP: python -m engine models pull ViT-B-32/openai
   *[ruclip] To fetch a ruCLIP: python -m engine models pull ruclip-vit-base-patch32-384
}
clip-architecture = “{ $name }” is a CLIP that does not tell its architecture: write it before the file, as in --clip { $first }:{ $name }{ $count ->
    [0] {""}
   *[other] {" "}(its sizes are those of { $near })
}.
clip-foreign = “{ $name }” is a model of transformers of the kind { $kind }; I read only its CLIP. To fetch a CLIP: python -m engine models pull ViT-B-32/openai
folder-unknown = I do not know the model in the folder “{ $name }”: a ruCLIP has bpe.model in it, a CLIP of transformers config.json, one of open_clip open_clip_config.json.
checkpoint-no-room = There is no room on the disk for “{ $path }”: it takes { $megabytes } MB.
checkpoint-unwritable = Nothing can be written to “{ $path }”.
config-target = The configuration “{ $name }” asks for { $target }; I read only VQModel and GumbelVQ of taming, and VQModel of latent diffusion.
config-unreadable = The configuration “{ $name }” is not one of taming's that I can paint with: look at “{ $part }”.
picture-missing = There is no picture “{ $name }”.
picture-gone = The picture “{ $name }” is no longer kept: send it once more.
picture-locked = The picture “{ $name }” cannot be read: { $reason }.
picture-empty = “{ $name }” is empty: there is no picture in it.
picture-page = “{ $name }” is a web page and no picture: save the picture itself.
picture-text = “{ $name }” is a text and no picture.
picture-foreign = “{ $name }” is no picture that I can open: I read { $formats }.
picture-video = “{ $name }” is a video: save one of its frames as a picture, for example by ffmpeg -i { $name } -frames:v 1 frame.png
picture-damaged = The picture “{ $name }” is damaged or cut short.
picture-heavy = The picture “{ $name }” is too large: at most { $limit } MB will do.
picture-large = The picture “{ $name }” has too many pixels: at most { $limit } million will do.
input-damaged = The picture is damaged or did not come whole.
input-foreign = This is no picture that I can open; I read { $formats }.
input-heavy = The picture is too large: at most { $limit } MB will do.
input-large = The picture has too many pixels: at most { $limit } million will do.
input-unreachable = Telegram does not hand the picture over: please send it once more.
input-not-only = There is more than pictures in the album: please send it without videos and other files.

# What a person should know before the picture is painted.
notice-will-paint = I will paint { $what }, but not { $left }: I cannot do that yet.
notice-cannot-paint = I cannot paint { $left } yet, and will paint what comes.

# What a person should know about a finished picture.
notice-unread = Not a parameter I know, so it stayed in the description: { $words }.
notice-no-film = There is no film of how it was painted: { $reason }.
notice-size-rounded = The size was rounded to { $width }×{ $height }.
notice-text-cut = A phrase was too long for the model, which read it only as far as “… { $end }”.
notice-tiny-guide = The words in { $script ->
    [cyrillic] Cyrillic
   *[latin] Latin
} letters were read by the pocket guide, which knows few of them; the big one reads only the others.
notice-words-unknown = There are words in it that the model does not know: { $words }. Bigger models know far more.
notice-outside-world = The pocket models know { $count } things, and this is none of them; they can paint { $near }. Bigger models know far more.

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
settings-file-unreadable = { $path } cannot be read: { $reason }
settings-file-encoding = { $path } is in no known encoding: save it as UTF-8
settings-file-open = { $path } can be read by other users: chmod 600 { $path }
settings-file-line = { $path }, line { $line } is not written as NAME=value
token-missing = MAZOK_TOKEN is missing: put the token from @BotFather into the environment or .env
token-malformed = MAZOK_TOKEN is not a bot token: @BotFather gives one that looks like 123456789:AbC…
token-refused = Telegram does not accept MAZOK_TOKEN: compare it with the one that @BotFather gave
telegram-proxy-library = A proxy needs one more library: pip install -c constraints.txt -e ".[proxy]"
telegram-proxy-wrong = The proxy's address is wrong: { $reason }

# The console script `mazok`.
mazok-help =
    mazok COMMAND [ARGUMENTS]: a Telegram bot that paints from words.

    draw PROMPT   paint a picture without Telegram
    models        list, download or add models
    bot           run the bot, which talks to Telegram
    engine        run the engine, which paints
    check         look at all that bot and engine need
    backup TO     copy database and files into a new folder, while both run
    restore FROM  bring such a copy back
    demo          show the bot and the engine at work, without Telegram

    COMMAND --help says more; --version shows the version.
extra-missing = The package { $package } is not installed. In the folder of Mazok: pip install -c constraints.txt -e ".[{ $extra }]"
mazok-unknown = There is no command “{ $name }”; did you mean: mazok { $near }
request-drafts = { $value } drafts are not possible: there must be between { $low } and { $high }.
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
