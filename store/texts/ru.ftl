# Что может быть не так с запросом.
request-empty = Напишите, что нарисовать: запрос пуст.
request-too-long = Запрос слишком длинный: { $length } { $length ->
    [one] символ
    [few] символа
   *[many] символов
}, а можно не больше { $limit }.
request-too-many-phrases = В запросе { $count } { $count ->
    [one] фраза
    [few] фразы
   *[many] фраз
}, а можно не больше { $limit }.
request-too-many-scenes = В запросе { $count } { $count ->
    [one] сцена
    [few] сцены
   *[many] сцен
}, а можно не больше { $limit }.
request-scene-empty = Одна из сцен пуста: по обе стороны от «^» должны быть слова.
request-phrase-empty = Одна из фраз пуста: по обе стороны от «|» должны быть слова.
request-weight-not-a-number = «{ $value }» не может быть весом: нужно обычное число, например 1.5 или -0.5.
request-weight-too-large = Вес { $value } слишком велик: он должен быть от -{ $limit } до { $limit }.
request-weights-zero = Все веса равны нулю, так что рисовать нечего.
request-size-unreadable = Не получилось прочитать размер «{ $value }»: напишите его так: 256x384, сначала ширину.
request-side = Сторона { $value } не подходит: она должна быть от { $low } до { $high } пикселей.
request-area = { $width }×{ $height } — слишком много: на картине может быть не больше { $limit } пикселей.
request-steps = Столько шагов ({ $value }) не получится: их должно быть от { $low } до { $high }.
request-seed = Зерно { $value } не подходит: нужно целое число от { $low } до { $high }.
request-cutouts = Столько вырезок ({ $value }) не получится: их должно быть от { $low } до { $high }.
request-init-noise = Начать картину с «{ $value }» нельзя; можно так: { $choices }.
request-quality = Качества «{ $value }» нет; есть { $near }.
request-shape = Формата «{ $value }» нет; есть { $near }.
request-ratio = Пропорции «{ $value }» не подходят: напишите, например, 3:2; одна сторона может быть длиннее другой не больше чем в { $limit } раза.
request-fps = Столько кадров в секунду ({ $value }) не получится: их должно быть от { $low } до { $high }.
request-contradiction = «{ $first }» и «{ $second }» вместе не получаются: оставьте что-нибудь одно.
request-parameters-only = Здесь только параметры: добавьте слова, например: рыжий кот, { $value }
style-words = Название стиля — до 24 знаков, фраза — до 80, без знаков | : ^. Здесь не так: «{ $value }».
style-weight = Вес должен быть от { $low } до { $high }.
request-steps-total = { $scenes ->
    [one] { $scenes } сцена заняла
    [few] { $scenes } сцены заняли
   *[many] { $scenes } сцен заняли
} бы { $total } { $total ->
    [one] шаг
    [few] шага
   *[many] шагов
}, а можно не больше { $limit }.
request-every = Кадр через столько шагов ({ $value }) не получится: их должно быть от { $low } до { $high }.
request-tile-moves = Обои не могут приближаться или сдвигаться: уберите одно из двух.
request-frames = В анимации было бы { $count } { $count ->
    [one] кадр
    [few] кадра
   *[many] кадров
}, а можно не больше { $limit }. Увеличьте «every» или возьмите меньше шагов.
request-optimizer = Оптимизатора «{ $value }» нет; есть { $choices }.
request-learning-rate = Скорость обучения { $value } не подходит: она должна быть от { $low } до { $high }.
request-final-rate = Последний шаг в { $value } от первого не подходит: нужно от { $low } до { $high }.
request-enough = «{ $value }» здесь не подходит: можно { $choices }.
request-enough-alone = Сама закончиться может только одна картина без движения: уберите --enough или число картин и движение.
request-coarse = Доля грубых шагов { $value } не подходит: она должна быть от { $low } до { $high }.
request-first-cutouts = Столько вырезок на первом шаге ({ $value }) нельзя: нужно от { $low } до { $high }.
request-cut-power = Степень вырезок { $value } не подходит: она должна быть от { $low } до { $high }.
request-augment = Искажения «{ $value }» нет; есть { $choices }.
request-finish = Отделки «{ $value }» нет; есть { $choices }.
request-noise-prompt = Не получилось прочитать шумовую фразу «{ $value }»: напишите её так: 42 или 42:0.5, зерно и вес.
request-too-many-noise-prompts = Шумовых фраз { $count }, а можно не больше { $limit }.
request-zoom = Увеличение { $value } не подходит: оно должно быть от { $low } до { $high }.
request-shift = Не получилось прочитать сдвиг «{ $value }»: напишите его так: 3,-2, пиксели вправо и вниз, не больше { $limit }.
request-model-name = «{ $value }» не может быть названием модели.
request-picture-name = «{ $value }» не может быть названием картинки.
request-targets = Картинок-целей слишком много ({ $count }): можно не больше { $limit }.
request-styles = Для /style нужны одна или две картинки, а здесь их { $count }.
request-init-weight = Вес начальной картинки { $value } не подходит: нужно число от { $low } до { $high }.
request-init-weight-alone = Вес начальной картинки есть, а самой картинки нет: добавьте её.
request-init-weight-moves = Картину, которую двигают --zoom или --shift, нельзя удержать у исходной: уберите init-weight.
sources-gone = Картинки, с которых её рисовали, уже не хранятся: пришлите их ещё раз.
request-unreadable = Запрос не удалось прочитать.
request-nothing-wanted = Здесь сказано только, чего на картине быть не должно. Добавьте, что нарисовать, например: кот | синий:-1
request-unknown = Такого я пока не умею: { $left }. Что умею, написано в /help.
request-unknown-related = Такого я пока не умею: { $left }. Могу похожее: { $related }.
request-stopped = Такого я не рисую: давайте попробуем что-нибудь другое.

# Что может быть не так с записью стоп-листа.
stop-unreadable = Не получилось прочитать запись «{ $value }».
stop-exception = Исключение «{ $value }» — это одно слово или несколько подряд, без знаков + и /.
stop-too-long = Запись слишком длинная: можно не больше { $limit } символов.
stop-too-short = Запись «{ $value }» слишком короткая и задела бы слишком многое: нужно хотя бы { $begins } разные буквы, а для целого слова со знаком = хотя бы { $whole }.
stop-too-many = Изменений в стоп-листе может быть не больше { $limit }.

# Какой можно попросить картину: `store.request.presets`.
quality-quick = черновое
quality-standard = обычное
quality-fine = высокое
shape-square = квадратный
shape-portrait = вертикальный
shape-landscape = горизонтальный
shape-wide = широкий

# Почему хороший запрос сейчас не взять.
no-credits = Баллы на сегодня закончились. Следующую картину можно заказать через { credits-wait }.
credits-short = Эта картина стоит { credits-price }, а у вас { $left ->
    [one] остался { $left }
   *[other] осталось { $left }
}. Новые баллы будут через { credits-wait }, а картина поменьше обойдётся дешевле.
credits-never = { $daily ->
    [0] Бесплатных баллов для вас здесь сейчас нет. Это может изменить администратор бота.
   *[other] Эта картина стоит { credits-price }, а на день даётся { $daily }. Выберите размер поменьше или меньше шагов.
}
credits-price = { $price } { $price ->
    [one] балл
    [few] балла
   *[many] баллов
}
credits-wait = { $hours ->
    [0] { credits-minutes }
    [one] { $hours } час{ credits-minutes-after }
    [few] { $hours } часа{ credits-minutes-after }
   *[many] { $hours } часов{ credits-minutes-after }
}
credits-minutes-after = { $minutes ->
    [0] { "" }
   *[other] { " " }{ credits-minutes }
}
credits-minutes = { $minutes } { $minutes ->
    [one] минуту
    [few] минуты
   *[many] минут
}
too-many-jobs = { $count ->
    [1] У вас уже есть картина в очереди. Дождитесь её или отмените: /cancel.
    [one] У вас уже { $count } картина в очереди. Дождитесь одной из них или отмените её: /cancel.
    [few] У вас уже { $count } картины в очереди. Дождитесь одной из них или отмените её: /cancel.
   *[many] У вас уже { $count } картин в очереди. Дождитесь одной из них или отмените её: /cancel.
}
queue-full = В очереди уже { $count } { $count ->
    [one] картина
    [few] картины
   *[many] картин
}, больше она не вмещает. Попробуйте { $minutes ->
    [0] позже
    [1] примерно через минуту
    [one] примерно через { $minutes } минуту
    [few] примерно через { $minutes } минуты
   *[many] примерно через { $minutes } минут
}.
paused = Я на паузе и новых картин пока не беру. Всё, что принято раньше, дорисую.
paused-because = Я на паузе и новых картин пока не беру: { $reason }
blocked = Вы заблокированы в этом боте.
blocked-because = Вы заблокированы в этом боте. Причина: { $reason }

# Что случилось с картиной.
job-lost = Картина несколько раз обрывалась, больше не пробую.
engine-failed = Во время работы что-то сломалось.
engine-too-slow = Картина рисовалась слишком долго, её пришлось остановить.
memory-short = Для картины { $width }×{ $height } нужно около { $need } ГБ памяти, а свободно { $free } ГБ; самая большая с теми же пропорциями, которая поместится, — { $most_width }×{ $most_height }.
memory-none = Памяти не хватит ни на какую картину: свободно { $free } ГБ.
memory-out = Во время работы кончилась память; картине поменьше её хватит.
model-unknown = Модели «{ $name }» я не знаю; есть { $near }.
model-missing = Модель «{ $name }» на этой машине нет.
model-missing-pull = { $alias ->
    [no] Модели «{ $name }» на этой машине нет; скачать её:
   *[yes] «{ $name }» на этой машине нет; здесь это { $own }, скачать её:
} { TYPED("engine", "models pull") } { $own }
model-only-by-hand = Модели «{ $name }» на этой машине нет, и программе её не скачать. { by-hand }
by-hand = { $note ->
    [page] Скачайте её с { $page }, потом: { TYPED("engine", "models add") } { $adds } --name { $own }
    [archive] Распакуйте { $page }, потом: { TYPED("engine", "models add") } { $adds } --name { $own }
    [account] Её дают тем, у кого там есть учётная запись: { $page }; потом: { TYPED("engine", "models add") } { $adds } --name { $own }
   *[other] { $note }
}
prior-missing = У модели «{ $name }» нет своей модели для набросков (prior): выберите другое начало.
model-architecture = Архитектуры «{ $name }» в open_clip нет.
model-architecture-closed = Архитектура «{ $name }» читает тексты так, как я не умею.
model-unreadable = Веса «{ $name }» не подходят: файл повреждён или он от другой модели.
checkpoint-code = «{ $name }» просит { $names }, а чекпойнту такое не нужно; ничего из него не выполнено, и читать его я не буду.
checkpoint-page = «{ $name }» — веб-страница, а не чекпойнт: адрес теперь ведёт не туда.
checkpoint-damaged = «{ $name }» не читается как чекпойнт: файл повреждён, обрезан или это что-то другое; скачайте его заново.
checkpoint-misfit = Веса в «{ $name }» не подходят к конфигурации: { $kind ->
    [missing] не хватает
    [size] не того размера
   *[unknown] лишние
} { $keys }.
config-missing = Конфигурации «{ $path }» нет.
config-useless = --config нужен для VQGAN из вашего файла, а «{ $name }» обходится без него.
config-differs = Веса в «{ $name }» не подходят к конфигурации: { $part } в весах { $weights }, а в конфигурации { $config }; назовите верную через --config.
weights-none = { $kind ->
    [empty] Файл «{ $name }» пустой: скачайте его заново.
    [lfs] «{ $name }» — только ссылка Git LFS: выполните «git lfs pull» в его папке.
    [annex] «{ $name }» — только ссылка git-annex: выполните для него «git annex get».
    [archive] «{ $name }» — архив ({ $about }): распакуйте его и назовите файл, который внутри.
    [text] «{ $name }» — текст, а не веса: его сохранили не по тому адресу.
   *[foreign] «{ $name }» — файл { $about }, а не веса PyTorch.
}
weights-other = { $kind ->
    [vqgan] «{ $name }» — VQGAN: назовите её через --vqgan.
    [clip] «{ $name }» — CLIP: назовите её через --clip.
    [transformers-clip] «{ $name }» — CLIP из transformers: назовите её через --clip.
    [half-clip] «{ $name }» — половина CLIP: нужны и зрение, и чтение текста.
    [kl] «{ $name }» — KL-автоэнкодер, как в Stable Diffusion: кодовой книги в нём нет, и это не VQGAN.
    [diffusers-vq] «{ $name }» — VQGAN, переименованная в diffusers: возьмите файл её авторов.
    [diffusion] «{ $name }» — диффузионная модель вроде Stable Diffusion: такими я не рисую.
    [transformer] «{ $name }» — трансформер без VQGAN, для которой он обучен.
    [lora] «{ $name }» — LoRA, добавка к диффузионной модели: такими я не рисую.
    [inversion] «{ $name }» — textual inversion для диффузионной модели: такими я не рисую.
    [nothing] В «{ $name }» нет весов.
   *[unknown] Что за модель в «{ $name }», я не знаю: веса начинаются с { $keys }.
} { $needed ->
    [vqgan] Скачать VQGAN: { TYPED("engine", "models pull") } imagenet_f16_16384
    [clip] Скачать CLIP: { TYPED("engine", "models pull") } ViT-B-32/openai
   *[ruclip] Скачать ruCLIP: { TYPED("engine", "models pull") } ruclip-vit-base-patch32-384
}
clip-architecture = «{ $name }» — CLIP, но какой архитектуры, по файлу не узнать: напишите её перед файлом, например --clip { $first }:{ $name }{ $count ->
    [0] {""}
   *[other] {" "}(по размерам подходят { $near })
}.
clip-foreign = «{ $name }» — модель transformers вида { $kind }, а я читаю только CLIP. Скачать CLIP: { TYPED("engine", "models pull") } ViT-B-32/openai
folder-unknown = Что за модель в папке «{ $name }», я не знаю: у ruCLIP там bpe.model, у CLIP из transformers — config.json, из open_clip — open_clip_config.json.
checkpoint-no-room = На диске нет места для «{ $path }»: нужно { $megabytes } МБ.
checkpoint-unwritable = Не получается записать «{ $path }».
config-target = Конфигурация «{ $name }» просит { $target }; я читаю только VQModel и GumbelVQ из taming и VQModel из latent diffusion.
config-unreadable = Конфигурация «{ $name }» не из тех, по которым я могу рисовать: посмотрите на «{ $part }».
picture-missing = Картинки «{ $name }» нет.
picture-gone = Картинка «{ $name }» больше не хранится: пришлите её ещё раз.
picture-locked = Картинку «{ $name }» не получается прочитать: { $reason }.
picture-empty = Файл «{ $name }» пуст: картинки в нём нет.
picture-page = «{ $name }» — веб-страница, а не картинка: сохраните саму картинку.
picture-text = «{ $name }» — текст, а не картинка.
picture-foreign = «{ $name }» — не картинка, которую я умею открывать; я читаю { $formats }.
picture-video = «{ $name }» — видео: сохраните один его кадр картинкой, например ffmpeg -i { $name } -frames:v 1 frame.png
picture-damaged = Картинка «{ $name }» повреждена или сохранилась не целиком.
picture-heavy = Картинка «{ $name }» слишком большая: можно не больше { $limit } МБ.
picture-large = В картинке «{ $name }» слишком много пикселей: можно не больше { $limit } млн.
input-damaged = Картинка повреждена или пришла не целиком.
input-foreign = Открыть это как картинку не получилось; я умею читать { $formats }.
input-heavy = Картинка слишком тяжёлая: можно не больше { $limit } МБ.
input-large = В картинке слишком много пикселей: можно не больше { $limit } млн.
input-unreachable = Telegram не прислал картинку: пришлите её ещё раз.
input-not-only = В альбоме не одни картинки: пришлите его без видео и других файлов.

# Что стоит знать, пока картина ещё не нарисована.
notice-will-paint = Нарисую { $what }; { $left } пока не умею.
notice-cannot-paint = Пока не умею { $left }: нарисую, что получится.

# Что стоит знать о готовой картине.
request-draft-language = { $reads ->
    [cyrillic] { $name } понимает только русский: напишите по-русски.
   *[other] { $name } понимает только английский: напишите по-английски.
}
notice-draft-language = { $reads ->
    [cyrillic] { $chosen } понимает только русский, поэтому рисую как обычно.
   *[other] { $chosen } понимает только английский, поэтому рисую как обычно.
}
notice-draft-other = { $chosen } не понимает этот язык, поэтому рисует { $name }.
notice-draft-unread = Набросок сделан без слов, которых его модель не понимает: { $words }.
notice-weights = Вес: { $weights }.
notice-unread = Это не параметр, осталось в описании: { $words }.
notice-no-film = Анимации не будет: { $reason }.
notice-enough = Картина перестала становиться лучше и закончена на шаге { $step } из { $steps }.
notice-size-rounded = Размер округлён до { $width }×{ $height }.
notice-text-cut = Фраза слишком длинная: модель прочитала её только до слов «… { $end }».
notice-tiny-guide = Слова { $script ->
    [cyrillic] кириллицей
   *[latin] латиницей
} читала маленькая модель, а она знает их мало; большая модель здесь читает только { $script ->
    [cyrillic] латиницу
   *[latin] кириллицу
}.
notice-words-unknown = Этих слов модель не знает: { $words }.
notice-outside-world = Маленькие модели знают { $count ->
    [one] { $count } предмет
    [few] { $count } предмета
   *[other] { $count } предметов
}, и такого среди них нет; зато могут нарисовать { $near }.

# В чём отказывает операционная система; `os-error` — часть других фраз.
os-failed = { $path ->
    [none] Не получилось: { $reason }.
   *[other] Не получилось с «{ $path }»: { $reason }.
}
os-error = { $code ->
    [ENOSPC] диск заполнен
    [EDQUOT] место, отведённое на диске, кончилось
    [EACCES] нет прав
    [EPERM] это запрещено
    [EROFS] диск открыт только для чтения
    [ENOENT] такого файла или папки нет
    [EISDIR] это папка
    [ENOTDIR] часть пути — не папка
    [EEXIST] такое уже есть
    [ENAMETOOLONG] имя слишком длинное
    [EMFILE] открыто слишком много файлов
    [ELOOP] ссылки ведут по кругу
    [EBUSY] файл занят
    [EIO] диск сообщает об ошибке
    [ENOMEM] не хватает памяти
    [EFBIG] файл вышел бы слишком большим
    [ENETUNREACH] сети нет
    [EHOSTUNREACH] туда нет пути
    [ECONNREFUSED] в соединении отказано
    [ECONNRESET] связь оборвалась
    [ETIMEDOUT] ответа нет
   *[other] { $text }
}

# Что не так с базой данных.
store-away = Хранилище недоступно: { $reason }.
database-unopened = База данных { $place } не открывается: { $trouble ->
    [missing] такого файла нет. Его создаст бот или движок, когда запустится; если он в другом месте, укажите его в MAZOK_DATABASE.
    [full] диск полон. Освободите место.
    [read-only] диск только для чтения. Откройте его для записи или укажите другое место в MAZOK_DATABASE.
    [denied] пользователю { $user } нельзя туда писать. Отдайте папку этому пользователю (chown) или укажите другую в MAZOK_DATABASE.
   *[other] { $reason }.
}
database-empty = В базе данных { $place } ещё нет таблиц: их создаст бот или движок, когда запустится.
database-address = В MAZOK_DATABASE нужен адрес базы данных, например sqlite:///data/mazok.db или postgresql://имя:пароль@сервер/mazok.
database-in-memory = База в памяти не годится: у бота и движка она должна быть общей. Укажите в MAZOK_DATABASE файл, например sqlite:///data/mazok.db.
database-scheme = MAZOK_DATABASE должен начинаться с sqlite:// или postgresql://.
database-connections = В MAZOK_DATABASE после connections= нужно целое число, не меньше 1.
database-pooler-word = В MAZOK_DATABASE после pooler= пишут yes или no.
database-pooler = Перед базой данных { $place } стоит пулер соединений: добавьте в MAZOK_DATABASE ?pooler=yes.
database-newer = Базу данных создал Mazok поновее (её таблицы: { $tables }, эта версия знает { $known }): обновите Mazok.
database-elsewhere = С этим файлом SQLite работает и другая машина ({ $host }), а это его испортит: укажите в MAZOK_DATABASE адрес postgresql://.
database-gone = Файла базы данных { $name } больше нет.
database-replaced = Файл базы данных тем временем подменили.
database-without-tables = Файл базы данных подменили другим, в котором нет таблиц Mazok.

# `python -m store`: копии.
backup-incomplete = { $folder } — не полная копия Mazok.
backup-format = { $folder } сделан другой версией Mazok: возьмите её.
backup-exists = { $folder } уже есть: назовите новую папку.
backup-failed = Копия не получилась, папка { $folder } удалена: { $reason }.
backup-postgresql = Базу PostgreSQL копируют и восстанавливают pg_dump и pg_restore, см. docs/run.md.
backup-no-database = Базы данных { $path } нет.
backup-damaged = База данных повреждена или она не от Mazok: { $reason }.
backup-done = Копия в { $folder }: { backup-contents }.
backup-contents = база до задания { $job }, { $files } { $files ->
    [one] файл
    [few] файла
   *[many] файлов
}
restore-failed = Копию не удалось восстановить: { $reason }.
restore-taken = { $path } уже есть: остановите бота и движок и сначала уберите его.
restore-newer-files = В MAZOK_FILES есть файлы заданий новее этой копии: уберите их.
restore-done = Копия от { $time } восстановлена: { backup-contents }.

# `python -m store check`: что не так со строками и файлами.
fault-line = { $number }: { $what } ({ $count }){ $examples ->
    [none] { "" }
   *[other] : { $examples }
}{ $harmful ->
    [no] . Пройдёт само.
   *[yes] .
}
fault-none = Всё в порядке.
fault-total = { $count ->
    [one] { $count } вид ошибок.
    [few] { $count } вида ошибок.
   *[many] { $count } видов ошибок.
}
fault-jobs-of-one-request = запросы с несколькими заданиями
fault-end-in-part = задания, конец которых записан не весь
fault-result-of-unfinished = результаты незаконченных заданий
fault-no-picture-message = готовые задания с сообщениями, но без сообщения с картиной
fault-charge = задания, у которых оплата и возврат не сходятся с исходом
fault-granted = счета, где подаренные баллы не сходятся с журналом
fault-attempts = задания, в которых слишком много попыток без продвижения
fault-token = результаты, записанные под чужой меткой задания
fault-lease = задания в работе, срок аренды которых вышел
fault-message-lease = задания, сообщения которых взяты под вышедшую аренду
fault-cancelled-queued = отменённые задания, которые снова в очереди
fault-images-never = задания, которые ждут картинок, а загружать их некому
fault-files-missing = пропавшие файлы
fault-pictures-damaged = повреждённые картины
fault-latents-gone = картины, которые начнутся заново: их сохранённое состояние пропало
fault-orphans = файлы, которые никому не нужны: бот их удалит
fault-database = ошибки в самой базе данных

# Что может быть не так с настройками.
setting-wrong = { $name } задано неверно: { $kind ->
    [literal_error] подходит { $choices }
    [int] нужно целое число
    [float] нужно число
    [greater_than_equal] нужно не меньше { $bound }
    [less_than_equal] нужно не больше { $bound }
    [greater_than] нужно больше { $bound }
   *[other] { $reason }
}
setting-files-in-memory = у бота и движка не может быть общих файлов в памяти; укажите папку
setting-files-elsewhere = SQLite работает на одной машине, а { $scheme }:// — на нескольких: укажите в MAZOK_DATABASE адрес postgresql:// или в MAZOK_FILES папку
setting-admins = нужны номера, например 7001 или 7001,7002: свой номер каждый узнаёт от бота командой /me
setting-proxy = нужен адрес вида http://сервер:порт или socks5://имя:пароль@сервер:порт
setting-listen = нужен адрес вида 127.0.0.1:8443
setting-address = адрес должен начинаться с http:// или https://
settings-file-unreadable = { $path } не читается: { $reason }
settings-file-encoding = { $path } в неизвестной кодировке: сохраните его как UTF-8
settings-file-open = { $path } могут читать другие пользователи: chmod 600 { $path }
settings-file-line = { $path }, строка { $line } написана не как ИМЯ=значение
token-missing = Нет MAZOK_TOKEN: впишите токен от @BotFather в .env или в окружение
token-malformed = MAZOK_TOKEN — не токен бота: @BotFather даёт токен вида 123456789:AbC…
token-refused = Telegram не принимает MAZOK_TOKEN: сверьте его с тем, который дал @BotFather
telegram-proxy-library = Для прокси нужна ещё одна библиотека. В папке Mazok: { PIP() } install -c constraints.txt -e ".[proxy]"
telegram-proxy-wrong = Адрес прокси написан неверно: { $reason }

# Что может быть не так с набранным в любой из программ.
no-such-command = { $of ->
    [none] Команды «{ $name }» нет{ $near ->
        [none] ; есть { $count ->
            [one] только { $known }
           *[other] { $known }
        }.{ $suggestion ->
            [none] { "" }
           *[other] {" "}Чтобы нарисовать: { $suggestion }
        }
       *[other] . Может быть, «{ $near }»?
    }
   *[other] Команды «{ $of } { $name }» нет{ $near ->
        [none] ; есть { $count ->
            [one] только { $known }
           *[other] { $known }
        }.
       *[other] . Может быть, «{ $of } { $near }»?
    }
}
command-is-option = «{ $name }» пишут с двумя дефисами: { $line }
option-unknown = Параметра { $option } нет{ $near ->
    [none] ; все перечислит { $help }.{ $word ->
        [no] { "" }
       *[yes] {" "}То, что начинается с минуса и не параметр, пишут после «--».
    }
   *[other] . Может быть, { $near }?
}
option-empty = Параметру { $option } нужно значение: { $option } { $metavar }{ $minus ->
    [none] .
   *[other] . Если оно начинается с минуса, пишут { $option }={ $minus }
}
option-switch = Параметр { $option } пишут без значения: уберите «={ $value }».
option-whole = Для { $option } нужно целое число, а «{ $value }» — не целое число.
option-number = Для { $option } нужно число, а «{ $value }» — не число.
pull-needs-names = Какую модель? Например: { TYPED("engine", "models pull") } imagenet_f16_16384 (список: { TYPED("engine", "models") })
add-needs-path = Какой файл? Например: { TYPED("engine", "models add") } last.ckpt
words-too-many = Не знаю, что делать с «{ $words }»{ $command ->
    [none] .
   *[other] {" "}после «{ $command }».
}

# --help всех программ
help-usage = Как вызывать
help-options = [ПАРАМЕТРЫ]
help-examples = Примеры
help-help = показать эту справку
help-default = без него: { $value }

# --help у `python -m store`
help-store = Копирует, восстанавливает и проверяет то, что у бота и движка общее: базу данных и файлы.
word-backup-to = КУДА
word-restore-from = ИЗ
help-store-backup = скопировать базу и файлы в новую папку; бот и движок могут работать
help-backup-to = папка; её ещё не должно быть
help-store-restore = вернуть копию туда, куда указывают MAZOK_DATABASE и MAZOK_FILES, если там свободно
help-restore-from = папка с копией
help-store-check = проверить базу, её строки и файлы; код выхода 1, если что-то не так
help-store-quick = не раскодировать картины
backup-needs-folder = В какую папку? Например: { TYPED("store", "backup") } /mnt/backups/mazok
restore-needs-folder = Из какой папки? Например: { TYPED("store", "restore") } /mnt/backups/mazok
examples-store =
    backup /mnt/backups/mazok
    restore /mnt/backups/mazok
    check --quick
examples-store-backup = backup /mnt/backups/mazok
examples-store-restore = restore /mnt/backups/mazok
examples-store-check =
    check
    check --quick

# Команда `mazok`.
mazok-help =
    mazok КОМАНДА [АРГУМЕНТЫ]: бот в Telegram, который рисует по словам.

    draw ЗАПРОС   нарисовать картину без Telegram
    models        показать, скачать или добавить модели
    bot           запустить бота: он говорит с Telegram
    engine        запустить движок: он рисует
    check         проверить всё, что нужно боту и движку
    board         показать очередь, картины и тревоги в браузере
    backup КУДА   скопировать базу и файлы в новую папку, не останавливая их
    restore ИЗ    вернуть такую копию
    demo          показать бота и движок в работе, без Telegram

    КОМАНДА --help расскажет больше; --version покажет версию.
extra-missing = Не установлен пакет { $package }. В папке Mazok: { PIP() } install -c constraints.txt -e ".[{ $extra }]"
mazok-unknown = Нет команды «{ $name }»; может быть, так: mazok { $near }
request-drafts = Столько набросков ({ $value }) не получится: их должно быть от { $low } до { $high }.
request-keep = Столько картин сразу ({ $value }) не получится: их должно быть от { $low } до { $high }.
request-pick = Картины { $value } нет: выберите от { $low } до { $high } — из тех, что назвала --keep.
request-keep-at-once = Картины бывают либо с разными зёрнами, либо из набросков одного зерна — не то и другое сразу.
request-border = Граница «{ $value }» непонятна: напишите её так: up=4 или up=4,left=2, не больше { $limit } рядов или столбцов кодов.
request-border-alone = Назовите картину, чья граница останется: --complete ФАЙЛ.
request-keep-drafts = Нельзя оставить столько картин ({ $keep }): набросков всего { $drafts }. Увеличьте --drafts или уменьшите --keep.
request-top-k = Значение top-k { $value } не подходит: оно должно быть от { $low } до { $high }.
request-top-p = Значение top-p { $value } не подходит: оно должно быть от { $low } до { $high }.
request-temperature = Температура { $value } не подходит: она должна быть от { $low } до { $high }.
request-at-once = Столько картин сразу ({ $value }) не получится: их должно быть от { $low } до { $high }.
request-draft-alone = Назовите и модель для наброска: --draft rudolph.
request-draft-init = Картина начинается либо с наброска, либо с изображения: уберите --draft или --init и --init-noise.


# Что находит --check в хранилище.
check-database = База { $place }: читается и пишется, таблицы { $version }{ $journal ->
    [none] .
   *[other] , журнал { $journal } (SQLite { $sqlite }).
}
check-database-older = База { $place }: читается и пишется; её таблицы версии { $version }, при следующем запуске станут { $newest }.
check-database-failed = Базой { $place } пользоваться нельзя: { $trouble ->
    [full] диск полон. Освободите место.
    [read-only] диск только для чтения. Откройте его для записи или укажите другое место в { $setting }.
    [denied] пользователю { $user } нельзя туда писать. Отдайте папку этому пользователю (chown) или укажите другую в { $setting }.
   *[other] { $reason }.
}
check-files = Файлы { $place }: записываются и читаются.
check-files-failed = В папку файлов { $place } записать нельзя: { $trouble ->
    [full] диск полон. Освободите место.
    [read-only] диск только для чтения. Откройте его для записи или укажите другое место в { $setting }.
    [denied] пользователю { $user } нельзя туда писать. Отдайте папку этому пользователю (chown) или укажите другую в { $setting }.
   *[other] { $reason }.
}
check-engines = { $names ->
    [none] Ни один движок не работает: запустите mazok engine.
   *[other] Работают движки: { $names }.
}
check-said = { $sentence }
check-setting-unknown = { $near ->
    [none] Настройки { $name } нет, она ни на что не влияет.
   *[other] Настройки { $name } нет, она ни на что не влияет; может быть, { $near }?
}
