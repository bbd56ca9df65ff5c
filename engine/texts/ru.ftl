# Что может быть не так с командой или настройками.
argument-encoding = Слова пришли не в кодировке { $encoding }, которую называет локаль: задайте LANG той кодировки, что у терминала.
option-count = { $option } { $value } не получится: нужно от 1 до { $limit }.
options-clash = { $first } и { $second } противоречат друг другу: оставьте что-то одно.
draw-needs-prompt = Что нарисовать? Например: { TYPED("engine", "draw") } кот
proxy-library = Для SOCKS-прокси нужна ещё одна библиотека; в папке Mazok: { PIP() } install -c constraints.txt -e ".[proxy]"
settings-exposed = { $file } могут прочесть другие пользователи: chmod 600 { $file }
setting-unknown = { $near ->
    [none] Настройки { $name } нет.
   *[other] Настройки { $name } нет. Может быть, { $near }?
}
out-not-png = Имя картины должно кончаться на .png, а у «{ $path }» это не так.
out-no-folder = Папки «{ $folder }», куда положить картину, нет.
out-is-folder = «{ $path }» — это папка, а картине нужно своё имя.
out-unwritable = Не получится записать «{ $path }»: { $reason }.
latent-name = Имя файла с латентом должно кончаться на .safetensors, а у «{ $path }» это не так.
latent-unreadable = «{ $path }» — не сохранённая мной картина, или файл повреждён.
latent-other = В «{ $path }» картина { $width }×{ $height } модели «{ $name }»; с другой моделью или размером её не продолжить.
latent-finished = Картина в «{ $path }» закончена: { $steps } { $steps ->
    [one] шаг
    [few] шага
   *[many] шагов
}. Чтобы продолжить, укажите больше --steps.
device-missing = Видеокарты ({ $device }), с которой умеет работать torch, здесь нет; с MAZOK_DEVICE=auto рисует процессор.
device-unusable = Этот torch не умеет считать на { $name }: { $reason }. Поставьте torch, собранный для неё, или задайте MAZOK_DEVICE=cpu.
device-unknown = Устройства «{ $device }» нет: бывает auto, cpu, cuda или mps.

# Нарисовать картину заново по настройкам, которые в ней сохранены.
again-missing = Картины «{ $path }» нет.
again-unreadable = Не получается прочитать «{ $path }»: { $reason }.
again-not-png = «{ $name }» — не PNG, и настройки, с которыми её рисовали, в ней не сохранены.
again-too-large = «{ $name }» больше { $limit } МБ, а моих картин такого размера не бывает.
again-damaged = Файл «{ $name }» повреждён: не получается узнать, как его рисовали.
again-no-story = В «{ $name }» не сохранены настройки, с которыми её рисовали: это не моя картина, или их стёрла другая программа.
again-names-a-file = «{ $picture }» нарисована моделью «{ $name }», а её нет среди известных; я не открываю файл только потому, что его называет картина: назовите его сами через { $option }.
again-pictures = Эта картина написана по другим ({ $names }): назовите их снова через { $option }.
again-newer = «{ $picture }» нарисована более новой версией; сохранённые настройки, которых я не понимаю, пропущены.
again-other-version = «{ $picture }» рисовал { $then }, а это { $now }: может выйти немного иначе.
again-other-model = Веса «{ $name }» здесь не те, которыми рисовали «{ $picture }»: выйдет иначе.

# Чем кончается команда.
finishing = Заканчиваю: картина и анимация будут такими, как сейчас. Ещё раз Ctrl-C — бросить.
interrupted = Прервано.
unexpected = Что-то пошло не так: { $reason }
unhealthy = Ни один движок не отвечал последние { $seconds } с. Запустите движок: { $command }
drawn = { $files } ({ $width }×{ $height }, { $steps } { $steps ->
    [one] шаг
    [few] шага
   *[many] шагов
}, зерно { $seed }, { $seconds } с)

# Пока рисует.
loading = Загружаю модели…
progress = шаг { $step } из { $steps }, осталось около { $left } с
progress-draft = набросок: { $percent } %, осталось около { $left } с
progress-draft-first = набросок: { $percent } %
progress-first = шаг { $step } из { $steps }
bigger-models = Большие модели знают намного больше: их список — { TYPED("engine", "models") }
progress-last = шаг { $step } из { $steps }, заканчиваю

# Загрузка модели.
pull-progress = { $name }: { $done } из { $total } МБ
pull-progress-left = { $name }: { $done } из { $total } МБ, осталось около { $left } с
pull-progress-unknown = { $name }: { $done } МБ
pull-waiting = «{ $name }» уже скачивает другой процесс; жду его.
pull-converting = { $name }: один раз переписываю веса…
pulled = Модель «{ $name }» скачана.
pull-here = Модель «{ $name }» уже на диске.
pull-by-hand = «{ $name }» программе не скачать. { by-hand }
pull-interrupted = Прервано; скачанное сохранено, та же команда продолжит с этого места.

# Список моделей.
model-here = на диске
model-absent = не скачана
model-by-hand = вручную
licence-unstated = лицензия не указана
model-added = добавлена на этой машине
models-header = имя, вид, сколько скачивать, сколько памяти займут веса, где она, что это (лицензия)

# Модели из файлов и целы ли те, что на диске.
added = Модель «{ $name }» теперь на месте.
add-missing = Нет такого файла или папки: «{ $path }».
add-what = Не понять, что такое «{ $path }»: у VQGAN рядом лежит { $config }, а для CLIP нужно --architecture.
add-taken = Модель «{ $name }» уже есть: назовите новую иначе, через --name.
add-name = «{ $name }» не годится в имена моделей: без косых черт, двоеточий и запятых, а в начале без точки и дефиса.
add-not-published = «{ $path }» — не тот файл, что опубликован как «{ $name }»: дайте ему другое имя через --name.
verify-right = Модель «{ $name }» цела.
verify-unproven = Модель «{ $name }» на месте, но sha256 никто не записал: { $files }.
verify-wrong = «{ $name }»: { $reason }
verify-missing = не хватает файла { $file }.
verify-size = в файле { $file } { $size } Б вместо { $wanted } Б.
verify-hash = у файла { $file } не тот sha256.

# Загрузка не удалась; дальше — что сделало каждое зеркало.
download-failed = Не получилось скачать «{ $name }»: { $reasons }.
download-broken = Не получилось скачать «{ $name }» до конца: { $reasons }. Скачанное сохранено, та же команда продолжит с этого места.
download-no-room = В папке «{ $folder }» мало места: нужно { $need } МБ, а свободно { $have } МБ.
download-disk-full = Диск с папкой «{ $folder }» заполнен; скачанное сохранено, та же команда продолжит с этого места.
download-unwritable = Не получится записать «{ $path }»: { $reason }.
mirror-status = { $host } отвечает кодом HTTP { $status }
mirror-silent = { $host } не отвечает
mirror-unknown-host = адрес { $host } не найден
mirror-unreachable = с { $host } нет связи ({ $reason })
mirror-proxy = с { $host } нет связи через прокси { $proxy } ({ $reason })
mirror-proxy-login = прокси { $proxy } требует другое имя и пароль (MAZOK_PROXY)
mirror-certificate = { $host } не может подтвердить сертификатом, кто он
mirror-not-https = { $host } предлагает скачать файл без https
mirror-nonsense = { $host } отвечает бессмыслицей
mirror-page = { $host } вместо файла отдаёт страницу
mirror-range = у { $host } теперь другой файл
mirror-stalled = { $host } перестал передавать
mirror-broke-off = { $host } оборвал связь
mirror-no-length = { $host } не говорит, какой длины файл
mirror-size = у { $host } файл другого размера
mirror-hash = у { $host } файл с другим sha256
mirror-hash-recorded = у { $host } не тот файл, что был скачан раньше (его sha256 записан в «{ $record }»)
mirror-token = { $host } не знает такого файла или отдаёт его только с токеном того, кому он открыт (HF_TOKEN)
mirror-hub-library = для { $host } нужна ещё одна библиотека; в папке Mazok: { PIP() } install -c constraints.txt -e ".[engine]"
mirror-offline = { $host } не спрашивали, потому что задано HF_HUB_OFFLINE

# Что --check находит на этой машине.
check-device = Рисует { $device ->
    [cpu] процессор, { $threads } { $threads ->
        [one] поток
        [few] потока
       *[many] потоков
    }
   *[other] { $name }
} (torch { $torch }{ $driver ->
    [none] { "" }
   *[other] , драйвер { $driver }
}): считать умеет.
check-models = Модели: рисует { $vqgan }; латиницу читает { $latin }, кириллицу — { $cyrillic }.
check-guide-weak = Фразы { $script ->
    [latin] на латинице
   *[other] на кириллице
} читает только маленькая модель pocket, а она знает мало: укажите большую в { $script ->
    [latin] MAZOK_CLIP
   *[other] MAZOK_RUCLIP
}.
check-painting = Два шага крошечной картины нарисованы.
check-painting-failed = Рисовать не получается: { $reason }.
check-film = Анимация: два кадра записаны в MP4 и в GIF.
check-film-failed = Анимация не записывается: { $reason }. Есть ли здесь ffmpeg? Его приносит { PIP() } install 'imageio[ffmpeg]'.

# --help
word-prompt = ЗАПРОС
word-words-file = ФАЙЛ
word-pull-name = ИМЯ…
word-add-path = ПУТЬ
default-beside = что лежит рядом с чекпойнтом, или по самим весам
default-out = свободное имя в папке out/
default-model = как решит модель
default-random = случайное
default-all = все, кроме none
default-file = как файл или папка
default-told = что скажет сам файл
examples-engine =
    draw рыжий кот
    models pull imagenet_f16_16384
    serve
examples-draw =
    draw рыжий кот на синем фоне
    draw "тыква:2 | ночь" --steps 200 --seed 7 --out pumpkin.png
    draw дом --init photo.jpg --init-weight 3 --shape wide
examples-serve =
    serve
    --verbose serve
    --health
examples-models =
    models
    models pull imagenet_f16_16384 ruclip-vit-base-patch32-384
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
help-engine = Рисует картины по словам, русским и английским.
help-health = кодом возврата сказать, работает ли хоть один движок
help-check = проверить всё, что нужно движку, по строке на каждое
help-verbose = писать в журнал подробнее, а при неожиданной ошибке показать, где она случилась
help-draw = нарисовать картину, без Telegram
help-serve = брать задания из очереди и рисовать
help-models = показать модели и что из них на диске
help-models-pull = скачать модели
help-pull-name = имя из списка моделей
help-words = сказать по-русски, что на картинке, с помощью RUDOLPH
help-words-file = картинка
help-models-add = взять модель из файлов на этом диске
help-add-path = файл весов или папка с ruCLIP или CLIP
help-add-name = как её назвать; иначе — как файл или папку
help-add-architecture = название архитектуры в open_clip, если по файлу CLIP его не узнать
help-models-verify = сверить размер и sha256 моделей на диске
help-prompt = что нарисовать: текст[:вес[:порог]] | … ^ следующая сцена
help-again = нарисовать картину заново по записи в ней самой; остальные параметры важнее записи
help-shape = формат картины
help-preset = сколько труда вложить в картину
help-out = куда сохранить картину: PATH.png; рядом PATH.gif и PATH.mp4 покажут, как она писалась
help-vqgan = модель, которая рисует
help-config = конфигурация VQGAN из файла, если она не рядом с ним
help-clip = модель, которая понимает латиницу; можно назвать несколько
help-ruclip = модель, которая понимает кириллицу; можно назвать несколько
help-guide = модель, которая читает все фразы, на каком бы языке они ни были
help-size = ширина и высота картины в пикселях
help-steps = сколько шагов рисовать в каждой сцене
help-seed = зерно случайных чисел: с тем же зерном выйдет та же картина
help-cutouts = сколько вырезок рассматривать на каждом шаге
help-init-noise = с чего начинать картину
help-init = картинка, с которой начать, вместо --init-noise
help-init-weight = насколько держаться этой картинки: 0 — никак, 100 — очень крепко
help-target = картинка, к которой стремиться (можно несколько); с отрицательным весом — от которой уходить
help-style = картинка, у которой взять манеру, но не содержание
help-optimizer = оптимизатор латента
help-learning-rate = насколько велик один шаг
help-final-rate = какой частью первого шага будет последний
help-enough = с auto картина закончится сама, когда перестанет становиться лучше
help-coarse = какая часть шагов идёт на половинном размере, например 0.5: сначала формы, потом детали — выходит быстрее
help-first-cutouts = сколько вырезок на первом шаге; дальше их число равномерно меняется до --cutouts
help-cut-power = больше 1 — чаще смотреть на мелкие части картины, меньше 1 — на крупные
help-augment = как менять вырезки, список через запятую
help-finish = как отделать готовую картину
help-noise-prompt = случайное направление, к которому тоже рисовать; можно указать несколько раз
help-zoom = анимация с наездом: от кадра к кадру картина растёт во столько раз, например 1.02
help-shift = анимация со сдвигом: от кадра к кадру картина уходит на столько пикселей вправо и вниз
help-every = кадр анимации через каждые N шагов; между кадрами --zoom и --shift двигают картину
help-fps = кадров анимации в секунду
help-tile = края сходятся: картины рядом не показывают шва
help-no-film = без анимации: только PNG
help-count = нарисовать N картин: PATH-1.png, PATH-2.png …
help-save-latent = сохранить неоконченную картину в этот файл в конце, а также если прервут
help-resume = продолжить сохранённую картину; сказанное здесь важнее её запроса
help-json = в конце вывести строку JSON с описанием картины
drafter-vqgan = { $name } рисует кодами VQGAN { $needed }, а не { $vqgan }: уберите --vqgan.
drafter-codes = { $name } рисует { $codes } кодами, а у VQGAN их { $has }: назовите ту, с которой модель обучалась, через --vqgan.
drafter-codebook = { $name } обучалась с другой кодовой книгой, чем у VQGAN { $vqgan }: назовите её собственную через --vqgan.
drafter-file = «{ $name }» — это файл: назовите папку, в которой лежат файлы модели.
drafter-heads = У { $name } ширина { $width }, на { $heads } голов она не делится: положите рядом конфигурацию из того же источника.
captions-rudolph = У { $name } нет слов о картинках: возьмите rudolph.
words-needs-file = Назовите картинку: words photo.jpg
words-none = Слов для неё не нашлось.
words-line = { $text } ({ $times } из { $count })
class-unknown = Ни один из 1000 предметов ImageNet не назван: попробуйте { $near }.
drafter-language = { $reads ->
    [cyrillic] { $name } понимает только русский: напишите запрос по-русски.
   *[other] { $name } понимает только английский: напишите запрос по-английски.
    }
drafter-incomplete = В папке «{ $name }» нет файла { $file }: нужны веса модели и файлы её токенизатора.
drafter-unreadable = «{ $name }» — не файл модели для набросков, или он повреждён: скачайте его заново.
upscaler-none = Нет модели, которая увеличивает картины: скачайте её командой «models pull { $name }».
upscaler-unreadable = «{ $name }» — не файл модели, которая увеличивает цветные картины.
upscale-size = { $width }x{ $height } пикселей, увеличенные в { $factor } раза, — слишком много: сторона может быть до { $limit }. Выберите --size или --upscale поменьше.
vqgan-no-encoder = Эта VQGAN только показывает наброски и не кодирует картины: уберите --init, --size, --zoom и --shift или выберите другую VQGAN.
map-useless = Карта модели { $name } не нужна: уберите --map.
border-all = С такой --border рисовать нечего: в наброске { $width }x{ $height } кодов. Выберите границу поменьше.
default-half = верхняя половина
drafter-size = { $name } рисует не больше { $width }x{ $height }: выберите такой --size.
drafter-size-least = { $name } рисует не меньше { $width }x{ $height }: выберите такой --size.
temperature-range = Температура { $value } не подходит: она должна быть больше 0.
top-p-range = Значение top-p { $value } не подходит: оно должно быть больше 0 и не больше 1.
top-k-range = Значение top-k { $value } не подходит: оно должно быть 0 или больше.
map-missing = { $name } рисует по карте: назовите её через --map.
map-size = В карте { $width }x{ $height } точек, а в картине { $wanted }: сделайте их равными.
map-labels = В карте есть метка { $value }; метки бывают от 0 до { $limit }.
help-draft = начать с лучшего наброска модели из списка «models»; «none» — без той, что в --again
help-drafts = сколько набросков сделать; берутся лучшие
help-upscale = во сколько раз увеличить готовую картину, или название модели из списка «models»
help-complete = картина, границу которой набросок сохранит, а остальное нарисует
help-border = сколько рядов и столбцов кодов останется, например up=4,left=2
help-map = картинка, где что должно быть, — для модели, которая её просит
help-keep = сколько картин рисовать рядом: лист со всеми и каждая отдельно
help-pick = из них нарисовать только одну, по её номеру
help-top-k = выбирать каждый код из k самых вероятных
help-top-p = выбирать каждый код из самых вероятных, чьи вероятности дают эту сумму
help-temperature = насколько вольно выбирать коды; 1 — как модель обучалась
memory-drafter = { $name } занимает { $need } ГБ памяти, а свободно { $free } ГБ: выберите модель поменьше, например rudolph.
memory-drafts = { $most ->
    [0] В память не помещается ни одного наброска: нужно { $need } ГБ, свободно { $free } ГБ.
   *[other] Столько набросков ({ $drafts }) займут { $need } ГБ памяти, а свободно { $free } ГБ: выберите --drafts { $most }.
    }
