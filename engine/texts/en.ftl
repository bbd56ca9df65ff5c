# What can be wrong with a command or the settings.
argument-encoding = The words came in another encoding than { $encoding }, which the locale states: set LANG to that of the terminal.
option-count = { $option } { $value } is not possible: it must be between 1 and { $limit }.
options-clash = { $first } and { $second } contradict each other: leave one of them out.
draw-needs-prompt = What shall I paint? For example: { TYPED("engine", "draw") } a cat
proxy-library = A SOCKS proxy needs one more library; in the folder of Mazok: { PIP() } install -c constraints.txt -e ".[proxy]"
settings-exposed = { $file } can be read by other users: chmod 600 { $file }
setting-unknown = { $near ->
    [none] The setting { $name } is unknown.
   *[other] The setting { $name } is unknown; did you mean { $near }?
}
out-not-png = The picture's name must end in .png, and “{ $path }” does not.
out-no-folder = There is no folder “{ $folder }” to put the picture into.
out-is-folder = “{ $path }” is a folder; the picture needs a name of its own.
out-unwritable = Nothing can be written to “{ $path }”: { $reason }.
latent-name = The latent's name must end in .safetensors, and “{ $path }” does not.
latent-unreadable = “{ $path }” is no painting that I saved, or it is damaged.
latent-other = “{ $path }” holds a picture of { $width }×{ $height } by “{ $name }”; it cannot go on with another model or size.
latent-finished = “{ $path }” is finished after { $steps } { $steps ->
    [one] step
   *[other] steps
}; with more --steps it goes on.
device-missing = There is no GPU here that torch knows as { $device }; MAZOK_DEVICE=auto paints on the processor.
device-unusable = This torch cannot compute on { $name }: { $reason }. Install a torch that was built for it, or set MAZOK_DEVICE=cpu.
device-unknown = There is no device called “{ $device }”: it is auto, cpu, cuda or mps.

# Painting a picture again with the settings that are saved in it.
again-missing = There is no picture “{ $path }”.
again-unreadable = “{ $path }” cannot be read: { $reason }.
again-not-png = “{ $name }” is not a PNG, so no settings to paint it again are saved in it.
again-too-large = “{ $name }” is larger than { $limit } MB, and no picture of mine is.
again-damaged = “{ $name }” is damaged: the settings that were saved in the picture cannot be read.
again-no-story = “{ $name }” does not tell how it was painted: it is not a picture of mine, or some program has removed the saved settings.
again-names-a-file = “{ $picture }” was painted with the model “{ $name }”, which is none of the known ones; I open no file only because a picture names it: name it yourself with { $option }.
again-pictures = It was painted from other pictures ({ $names }): name them again with { $option }.
again-newer = “{ $picture }” was painted by a newer version; saved settings that I do not understand are left out.
again-other-version = “{ $picture }” was painted by { $then } and this is { $now }: it may come out a little differently.
again-other-model = The weights of “{ $name }” here are not those that painted “{ $picture }”: it will come out differently.

# How a command ends.
finishing = Finishing: picture and animation stay as they are now. Ctrl-C again drops them.
interrupted = Interrupted.
unexpected = Something went wrong: { $reason }
unhealthy = No engine has reported in the last { $seconds } seconds. Start one: { $command }
drawn = { $files } ({ $width }×{ $height }, { $steps } { $steps ->
    [one] step
   *[other] steps
}, seed { $seed }, { $seconds } s)

# While it paints.
loading = Loading the models…
progress = step { $step } of { $steps }, about { $left } s left
progress-draft = draft: { $percent }%, about { $left } s left
progress-draft-first = draft: { $percent }%
progress-first = step { $step } of { $steps }
bigger-models = Bigger models know far more: { TYPED("engine", "models") } lists them.
progress-last = step { $step } of { $steps }, finishing

# Downloading a model.
pull-progress = { $name }: { $done } of { $total } MB
pull-progress-left = { $name }: { $done } of { $total } MB, about { $left } s left
pull-progress-unknown = { $name }: { $done } MB
pull-waiting = Another process is downloading “{ $name }”; waiting for it.
pull-converting = { $name }: rewriting the weights, once…
pulled = The model “{ $name }” is here now.
pull-here = The model “{ $name }” is on disk already.
pull-by-hand = No program can fetch “{ $name }”. { by-hand }
pull-interrupted = Interrupted; what came is kept, and the same command goes on from there.

# The list of models.
model-here = on disk
model-absent = not here
model-by-hand = by hand
licence-unstated = licence not stated
model-added = added on this machine
models-header = name, kind, download, memory of its weights, state, what it is (licence)

# Models from files, and whether those on disk are whole.
added = The model “{ $name }” is here now.
add-missing = There is no “{ $path }”.
add-what = I cannot tell what “{ $path }” is: a VQGAN has { $config } beside it, and a CLIP is told by --architecture.
add-taken = There is a model called “{ $name }” already: give it another name with --name.
add-name = “{ $name }” cannot be the name of a model: it takes no slashes, colons or commas, and no dot or dash in front.
add-not-published = “{ $path }” is not the file that is published as “{ $name }”: give it a name of its own with --name.
verify-right = “{ $name }” is whole.
verify-unproven = “{ $name }” is there, but nobody has noted the sha256 of { $files }.
verify-wrong = “{ $name }”: { $reason }
verify-missing = { $file } is missing.
verify-size = { $file } has { $size } bytes instead of { $wanted }.
verify-hash = { $file } has another sha256 than the right one.

# A download that came to nothing; after it, what each mirror did.
download-failed = “{ $name }” could not be downloaded: { $reasons }.
download-broken = “{ $name }” could not be downloaded to its end: { $reasons }. What came is kept, and the same command goes on from there.
download-no-room = There is not enough room in “{ $folder }”: { $need } MB are needed, and { $have } MB are free.
download-disk-full = The disk of “{ $folder }” is full; what came is kept, and the same command goes on from there.
download-unwritable = Nothing can be written to “{ $path }”: { $reason }.
mirror-status = { $host } answers with HTTP { $status }
mirror-silent = { $host } does not answer
mirror-unknown-host = the address { $host } cannot be found
mirror-unreachable = { $host } cannot be reached ({ $reason })
mirror-proxy = { $host } cannot be reached through the proxy { $proxy } ({ $reason })
mirror-proxy-login = the proxy { $proxy } asks for another user and password (MAZOK_PROXY)
mirror-certificate = { $host } cannot prove by its certificate who it is
mirror-not-https = { $host } wants the file to be fetched without https
mirror-nonsense = { $host } gives an answer that makes no sense
mirror-page = { $host } gives a page instead of the file
mirror-range = { $host } has another file now
mirror-stalled = { $host } stopped sending
mirror-broke-off = { $host } broke the connection off
mirror-no-length = { $host } does not say how long the file is
mirror-size = { $host } has a file of another size
mirror-hash = { $host } has a file with another sha256
mirror-hash-recorded = { $host } has another file than the one that was downloaded before (its sha256 stands in “{ $record }”)
mirror-token = { $host } has no such file, or gives it only with the token of somebody who may read it (HF_TOKEN)
mirror-hub-library = { $host } needs one more library; in the folder of Mazok: { PIP() } install -c constraints.txt -e ".[engine]"
mirror-offline = { $host } is not asked, as HF_HUB_OFFLINE is set

# What --check finds on this machine.
check-device = Paints on { $device ->
    [cpu] the processor with { $threads } { $threads ->
        [one] thread
       *[other] threads
    }
   *[other] { $name }
} (torch { $torch }{ $driver ->
    [none] { "" }
   *[other] , driver { $driver }
}): it computes.
check-models = Models: { $vqgan } paints; { $latin } reads Latin script, { $cyrillic } reads Cyrillic.
check-guide-weak = Phrases in { $script ->
    [latin] Latin script
   *[other] Cyrillic
} are read by the small model “pocket” alone, which knows little: name a large one by { $script ->
    [latin] MAZOK_CLIP
   *[other] MAZOK_RUCLIP
}.
check-painting = Two steps of a tiny picture were painted.
check-painting-failed = Nothing can be painted: { $reason }.
check-film = Animation: two frames were written as MP4 and as GIF.
check-film-failed = The animation cannot be written: { $reason }. Is ffmpeg here? { PIP() } install 'imageio[ffmpeg]' brings one.

# --help
word-prompt = PROMPT
word-words-file = FILE
word-pull-name = NAME…
word-add-path = PATH
default-beside = the one beside the checkpoint, or what the weights tell
default-out = a free name in out/
default-model = by the model
default-random = by chance
default-all = all but none
default-file = as the file or the folder
default-told = what the file tells
examples-engine =
    draw a red cat
    models pull imagenet_f16_16384
    serve
examples-draw =
    draw a red cat on a blue background
    draw "pumpkin:2 | night" --steps 200 --seed 7 --out pumpkin.png
    draw a house --init photo.jpg --init-weight 3 --shape wide
examples-serve =
    serve
    --verbose serve
    --health
examples-models =
    models
    models pull imagenet_f16_16384 ViT-B-32/openai
    models add last.ckpt --name mine
examples-models-pull =
    models pull imagenet_f16_16384
    models pull ViT-B/32 ruclip-vit-base-patch32-384
    models pull gumbel_f8_8192 --verbose
examples-words =
    models pull rudolph
    words photo.jpg
examples-models-add =
    models add last.ckpt --name mine
    models add ~/.cache/clip/ViT-B-32.pt
    models add b32.pt --architecture ViT-B-32-quickgelu
examples-models-verify =
    models verify
    models
    models pull imagenet_f16_16384
help-engine = Paints pictures from words, Russian or English.
help-health = say whether an engine is running, by the exit code
help-check = look at all that the engine needs, in a line each
help-verbose = tell more in the log, and show the traceback of an unexpected error
help-draw = paint one picture, without Telegram
help-serve = take jobs from the queue and paint them
help-models = list the models and what is on disk
help-models-pull = download models
help-pull-name = a name from the list of models
help-words = say in Russian what a picture shows, by RUDOLPH
help-words-file = a picture
help-models-add = take a model from files on this disk
help-add-path = a file of weights, or the folder of a ruCLIP or a CLIP
help-add-name = what to call it; else as the file or the folder
help-add-architecture = open_clip's name of the architecture, for a CLIP whose file does not tell it
help-models-verify = check size and sha256 of the models on disk
help-prompt = what to paint: text[:weight[:stop]] | … ^ the next scene
help-again = paint a picture again from the metadata in its PNG; other options override it
help-shape = the shape of the picture
help-preset = how much work goes into the picture
help-out = where to write the picture; PATH.gif and PATH.mp4 show how it was painted
help-vqgan = the model that paints
help-config = the configuration of a VQGAN in a file, if it is not beside it
help-clip = the guide for phrases in Latin script; may be repeated
help-ruclip = the guide for phrases in Cyrillic script; may be repeated
help-guide = one guide for every phrase, whatever its script
help-size = width and height of the picture in pixels
help-steps = number of steps for each scene
help-seed = seed of the random generator: the same seed paints the same picture
help-cutouts = number of cutouts that the guides see in each step
help-init-noise = the start of the picture
help-init = a picture to begin with, instead of --init-noise
help-init-weight = how strongly the painting stays near the init: 0 not at all, 100 very strongly
help-target = a picture to move towards or, with a negative weight, away from; may be repeated
help-style = a picture whose style, but not its content, is used
help-optimizer = the optimiser of the latent
help-learning-rate = the learning rate of the optimiser
help-final-rate = the learning rate of the last step as a share of the first one's
help-enough = with auto, the painting ends where views that no step has seen show that it no longer gains
help-coarse = share of the steps at half the sides, such as 0.5: shapes first, details later, in less time
help-first-cutouts = number of cutouts in the first step, which changes evenly to --cutouts
help-cut-power = above 1 the guides see more small cutouts, below 1 more large ones
help-augment = how cutouts are varied, separated by commas
help-finish = what is done to the finished picture
help-noise-prompt = a random direction as an additional target; may be repeated
help-zoom = make an animation that zooms: from frame to frame the picture is scaled by this factor, such as 1.02
help-shift = make an animation that moves: from frame to frame the picture moves by so many pixels right and down
help-every = keep a frame of the animation every N steps; between frames --zoom and --shift move the picture
help-fps = frames of the animation in a second
help-tile = opposite edges meet: laid side by side, the pictures show no line
help-no-film = no animation: the PNG alone
help-count = paint N pictures: PATH-1.png, PATH-2.png …
help-save-latent = save the painter's state in this file at the end, and also on an interruption
help-resume = continue from a saved state; options beside it override the saved request
help-json = end with a line of JSON that describes the picture
drafter-vqgan = { $name } draws codes of the VQGAN { $needed }, not of { $vqgan }: leave out --vqgan.
drafter-codes = { $name } draws { $codes } codes, and the VQGAN has { $has }: name the one that it was trained with by --vqgan.
drafter-codebook = { $name } was trained with another codebook than that of the VQGAN { $vqgan }: name its own by --vqgan.
drafter-file = “{ $name }” is a file: name the folder of the drafter's files.
drafter-heads = { $name } has a width of { $width }, which { $heads } heads do not divide: name the configuration that came with it.
captions-rudolph = { $name } has no words for pictures: take rudolph.
words-needs-file = Name the picture: words photo.jpg
words-none = No words for it were found.
words-line = { $text } ({ $times } of { $count })
class-unknown = None of the 1,000 things of ImageNet is named: try { $near }.
drafter-language = { $reads ->
    [cyrillic] { $name } reads Russian only: write the prompt in Russian.
   *[other] { $name } reads English only: write the prompt in English.
    }
drafter-incomplete = The folder “{ $name }” has no { $file }: a drafter's folder holds its weights and the files of its tokenizer.
drafter-unreadable = “{ $name }” is not a file of a drafter, or it is damaged: fetch it again.
upscaler-none = No upscaler is on disk: get one with “models pull { $name }”.
upscaler-unreadable = “{ $name }” is not a file of an upscaler of colour pictures.
upscale-size = { $width }x{ $height } pixels, { $factor } times larger, would be too large: sides may have { $limit } pixels. Choose a smaller --size or --upscale.
vqgan-no-encoder = This VQGAN only shows drafts and cannot encode a picture: leave out --init, --size, --zoom and --shift, or choose another VQGAN.
map-useless = { $name } needs no map: leave out --map.
border-all = Such a --border leaves nothing to draw: the draft has { $width }x{ $height } codes. Choose a smaller one.
default-half = the upper half
drafter-size = { $name } draws pictures of up to { $width }x{ $height }: choose such a --size.
drafter-size-least = { $name } draws pictures of { $width }x{ $height } and more: choose such a --size.
temperature-range = A temperature of { $value } is not possible: it must be above 0.
top-p-range = A top-p of { $value } is not possible: it must be above 0, and at most 1.
top-k-range = A top-k of { $value } is not possible: it must be 0 or more.
map-missing = { $name } paints from a map: name one with --map.
map-size = The map has { $width }x{ $height } pixels, and the picture { $wanted }: make them equal.
map-labels = The map has the label { $value }; the labels go from 0 to { $limit }.
help-draft = begin with the best draft of a drafter, as “models” lists them; “none” leaves out that of --again
help-drafts = how many drafts are made, of which the best are taken
help-upscale = make the finished picture so many times larger, or by this upscaler of “models”
help-complete = a picture whose border the draft keeps, while it draws the rest
help-border = how many rows and columns of codes are kept, such as up=4,left=2
help-map = a picture that says what is to be where, for a drafter that asks for it
help-keep = how many pictures are painted side by side: a sheet of all, and each alone
help-pick = of these paint only this one, by its number
help-top-k = draw each code among the k likeliest
help-top-p = draw each code among the likeliest whose probabilities sum up to it
help-temperature = how freely codes are drawn; 1 as the drafter was trained
memory-drafter = { $name } takes { $need } GB of memory, and { $free } GB are free: choose a smaller drafter, such as rudolph.
memory-drafts = { $most ->
    [0] Not even one draft fits into the memory: it takes { $need } GB, and { $free } GB are free.
   *[other] { $drafts } drafts at once take { $need } GB of memory, and { $free } GB are free: choose --drafts { $most }.
    }
