# Знакомство

start =
    Я рисую по словам: напишите, что хотите увидеть, по-русски или по-английски.
    Картина проявляется на глазах, мазок за мазком, а в конце приходит с анимацией.
    Попробуйте прямо сейчас: напишите пару слов или нажмите кнопку.

help =
    <b>Как рисовать</b>
    Просто пришлите описание картины. В группе начните с /draw или ответьте командой /draw на сообщение с текстом.

    <b>Примеры</b>
    <code>жёлтая звезда на чёрном фоне</code>
    <code>кот:2 | звезда</code>

    Чертой | соединяют несколько образов, а число после двоеточия усиливает образ: здесь кот вдвое важнее.

    Каждый день есть бесплатные картины, сколько осталось, покажет /me. В группе, когда ваши кончились, платит общий счёт группы.
    /cancel остановит вашу последнюю картину. Под готовой есть кнопки: ещё раз, похожую, другие слова, файлы.
    /gallery покажет ваши картины, в /settings выбирают формат, качество и язык, /forget сотрёт всё.

button-example = Нарисуй: { $prompt }
examples =
    жёлтая звезда на чёрном фоне
    подсолнух
    снеговик на синем фоне
    красное сердце
    тыква
    панда на розовом фоне

menu-draw = нарисовать по описанию
menu-cancel = остановить мою картину
menu-me = сколько картин мне осталось
menu-gallery = мои картины
menu-settings = формат, качество, язык
menu-forget = стереть мои слова и картины
menu-help = как пользоваться

# Ответы

draw-empty =
    Напишите после команды, что нарисовать, например:
    <code>/draw жёлтая звезда на чёрном фоне</code>
draw-no-photos = Начинать с готового изображения я пока не умею: опишите картину словами.
draw-words-only = Я понимаю только текст: опишите картину словами.
draw-own-name = От имени канала рисовать не получится: напишите от своего имени.
command-unknown = Такой команды я не знаю. Что я умею, написано в /help.
try-later = У меня неполадка, запрос не принят. Попробуйте, пожалуйста, через минуту.

cancel-none = Сейчас вы ничего не рисуете.
cancel-cancelled = Отменено.
cancel-stopping = Останавливаю.

button-cancel = Отменить

alert-not-yours = Эту картину заказали не вы.
alert-finished = Отменять уже нечего.
alert-stale = Эта кнопка больше не работает.
alert-example = Рисую!

# Сообщение о ходе работы

status-starting =
    «{ $prompt }»
    Принимаюсь за работу.
status-queued =
    «{ $prompt }»
    Место в очереди: { $place }, { queue-ahead }
status-queued-wait =
    «{ $prompt }»
    Место в очереди: { $place }, { queue-ahead }
    Начну примерно через { $wait }
queue-ahead = { $ahead ->
    [0] ваша картина следующая
    [one] впереди { $ahead } задание
    [few] впереди { $ahead } задания
   *[many] впереди { $ahead } заданий
}
status-offline =
    «{ $prompt }»
    Сейчас рисовать некому: мастерская не на связи. Ваше место в очереди ({ $place }) сохранено, и я начну, как только она вернётся.
status-resuming =
    «{ $prompt }»
    Работа прервалась, скоро продолжу.
status-painting =
    «{ $prompt }»
    { $bar } { $percent } %
    шаг { $step } из { $steps }
status-elapsed = прошло { $elapsed }
status-left = осталось около { $left }
status-loss = расхождение с запросом: { $loss }

# Итог

result-caption-animation = Как рисовалась картина «{ $prompt }»
result-slot = Готово: «{ $prompt }»
result-prompt = «{ $prompt }»
result-seed = зерно <code>{ $seed }</code>
result-facts = { $width }×{ $height }, { $steps ->
    [one] { $steps } шаг
    [few] { $steps } шага
   *[many] { $steps } шагов
}, { $time }
result-lost = Картина «{ $prompt }» была готова, но её файл не сохранился. Извините. Попробуйте ещё раз.

sorry = «{ $prompt }»: не получилось нарисовать, попыток больше нет. В сегодняшний счёт картин она не вошла.
sorry-reason = «{ $prompt }»: не получилось. { $reason } В сегодняшний счёт картин она не вошла.
cancelled = «{ $prompt }»: отменено. В сегодняшний счёт картин она не вошла.
cancelled-midway = «{ $prompt }»: остановлено на шаге { $step } из { $steps }. В сегодняшний счёт картин она не вошла.

# Под картиной

under-again = Ещё раз
under-vary = Похожую
under-more = Другое…
under-less = Свернуть
under-steps = Больше шагов
under-edit = Изменить слова
under-png = Файл PNG
under-gif = Файл GIF
under-facts = Настройки
under-share = Поделиться
under-delete = Удалить

alert-file = Отправляю файл.
alert-files-gone = Файлы этой картины уже не хранятся.
alert-erased = Эта картина удалена.
alert-steps-most = Шагов уже столько, что больше некуда.
alert-deleted = Удалено.
erased = Удалено по просьбе автора.
deleted-caption = Удалено.

edit-ask =
    Ответьте на это сообщение новыми словами для <a href="{ $link }">картины</a>: всё остальное останется прежним. Сейчас слова такие:
    <code>{ $prompt }</code>

facts-title = Как она сделана:
facts-seed = зерно: { $seed }
facts-size = размер: { $width }×{ $height }
facts-steps = шагов: { $steps }
facts-quality = качество: { $quality }
facts-models = { $count ->
    [one] модель: { $models }
   *[other] модели: { $models }
}
facts-init = начата с готовой картинки

share-link =
    Кто откроет эту ссылку, сможет нарисовать по тому же рецепту:
    { $link }
share-button = Отправить в чат
recipe-title = С вами поделились рецептом картины:
recipe-without-pictures = Её начали с готовой картинки, а она не передаётся, поэтому у вас выйдет иначе.
recipe-button = Нарисовать
recipe-gone = Такого рецепта больше нет.

# Галерея

gallery-empty = Здесь пока пусто: появится, когда будет готова первая картина.
gallery-place = { $place } из { $count }
gallery-newer = ← Новее
gallery-older = Старше →
gallery-send = Со всеми кнопками
gallery-private = Ваша галерея в личном чате со мной: там её видите только вы.
gallery-private-button = Открыть галерею
inline-mine = Моя галерея
inline-none = Такой картины нет. Открыть галерею

# Настройки

tastes-person = <b>Ваши настройки</b>. Они действуют со следующей картины, и в группах тоже.
tastes-group = <b>Настройки этой группы</b>. Они действуют для всех, кто не выбрал для себя другого.
tastes-shape = Формат: { $now }
tastes-quality = Качество: { $now }
tastes-model = Модель: { $now }
tastes-animation = Анимация: { $now }
tastes-language = Язык: { $now }
tastes-shape-question = Какой формы будут картины?
tastes-quality-question = Набросать быстро или прорисовать как следует? Чем выше качество, тем дольше.
tastes-model-question = Какая модель будет рисовать?
tastes-animation-question = Присылать вместе с картиной анимацию о том, как она рисовалась?
tastes-language-question = На каком языке мне отвечать? Описывать картины можно на любом из двух.
tastes-back = ← Назад
tastes-kept = Сохранено.
tastes-admins-only = Настройки группы могут менять только её администраторы.
tastes-private = Ваши настройки в личном чате со мной, а настройки группы меняют её администраторы.
tastes-private-button = Мои настройки

shape-open = по умолчанию
shape-square = квадрат
shape-portrait = вертикальный
shape-landscape = горизонтальный
shape-wide = широкий
quality-open = по умолчанию
quality-quick = черновое
quality-standard = обычное
quality-fine = высокое
model-open = по умолчанию
animation-open = по умолчанию
animation-on = присылать
animation-off = не присылать
language-open = как в Telegram
language-ru = Русский
language-en = English

# Стереть всё

forget-ask = { $count ->
    [one] Стереть всё о вашей { $count } картине: слова, файлы и присланные вами картинки? Вернуть их будет нельзя, а начатое остановится.
    [few] Стереть всё о ваших { $count } картинах: слова, файлы и присланные вами картинки? Вернуть их будет нельзя, а начатое остановится.
   *[many] Стереть всё о ваших { $count } картинах: слова, файлы и присланные вами картинки? Вернуть их будет нельзя, а начатое остановится.
}
forget-yes = Да, стереть всё
forget-no = Нет, оставить
forget-done = Стёрто. То, что уже пришло в чаты, можете удалить сами; кнопки под ним больше не работают.
forget-kept = Хорошо, всё остаётся.
forget-nothing = Ничего вашего у меня нет, стирать нечего.
forget-not-you = Эти кнопки не для вас.
forget-own-name = Это можно только от своего имени: у канала и группы стирать нечего.

# Время: после «через», «прошло», «около» и в подписи

time-seconds = { $seconds } с
time-minutes = { $minutes } мин
time-minutes-seconds = { $minutes } мин { $seconds } с
time-hours = { $hours } ч { $minutes } мин
