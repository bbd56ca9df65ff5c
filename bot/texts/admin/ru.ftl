# Строка в /help

help-administrators = Команды администратора — в меню личного чата.

# Баллы: /me

me-own =
    Осталось <b>{ $free } из { $daily }</b> { $daily ->
        [one] балла
       *[other] баллов
    } на сегодня, потрачено { $used }.
    Новые будут через { credits-wait }.
me-none = Своих баллов у вас нет: я рисую для вас в группах, у которых они есть.
me-granted = { $count ->
    [one] Ещё { $count } балл подарен вам и не сгорает
    [few] Ещё { $count } балла подарены вам и не сгорают
   *[many] Ещё { $count } баллов подарено вам, они не сгорают
}.
me-group = У этой группы осталось <b>{ $left } из { $daily }</b> общих баллов, потрачено { $used }.
me-usable = Из них вам сегодня достанется { $count }.
me-rule = Обычная картина стоит один балл, большая — больше; за неудачную и отменённую баллы возвращаются.
me-number = Ваш номер: <code>{ $id }</code>
credits-count = { $count } { $count ->
    [one] балл
    [few] балла
   *[many] баллов
}

# Меню администраторов

menu-queue = кто ждёт и что рисуется
menu-stats = картины за две недели
menu-user = что известно о человеке
menu-quota = сколько баллов в день
menu-grant = подарить баллы
menu-ban = заблокировать человека
menu-unban = снять блокировку
menu-allow = внести человека или группу в список
menu-disallow = убрать из списка
menu-drop = снять картину с очереди
menu-stop = чего не рисовать
menu-styles = стили на выбор
menu-pause = не принимать новых картин
menu-resume = снова принимать картины
menu-broadcast = написать во все чаты

# Как пишутся команды

usage-who = Вместо ЧЕЛОВЕК подойдёт номер или @имя, а можно ответить командой на его сообщение.
usage-quota =
    <code>/quota ЧЕЛОВЕК 10</code> — баллов в день одному человеку
    <code>/quota chat 30</code> — этой группе (или номер группы вместо chat)
    <code>/quota default 20</code> — всем, у кого нет своего числа
    <code>/quota chats 20</code> — всем группам
    Если вместо числа написать <code>default</code>, снова будет как у всех. { usage-who }
usage-grant = Сколько подарить? Например: <code>/grant ЧЕЛОВЕК 10</code>. Число с минусом забирает подаренное. { usage-who }
usage-ban = Кого? Например: <code>/ban ЧЕЛОВЕК причина</code>. Причину человек увидит. { usage-who }
usage-unban = Кого? Например: <code>/unban ЧЕЛОВЕК</code>. { usage-who }
usage-allow =
    <code>/allow ЧЕЛОВЕК</code>: впустить человека
    <code>/allow chat</code>: впустить всех, кто пишет в этой группе
    <code>/allow link</code>: ссылка, которая впустит первого, кто её откроет
    { usage-who }
usage-disallow =
    <code>/disallow ЧЕЛОВЕК</code>: больше не впускать человека
    <code>/disallow chat</code>: то же для этой группы
    <code>/disallow link</code>: неоткрытые ссылки больше никого не впустят
    { usage-who }
usage-styles =
    <code>/styles set акварель / watercolour / 0.6</code>: добавить или изменить стиль; после «=» то, что попадёт в запрос: <code>пиксели = пиксель-арт / pixels = pixel art / 0.6</code>
    <code>/styles drop акварель</code>: убрать
usage-user = О ком? Например: <code>/user ЧЕЛОВЕК</code>. { usage-who }
usage-drop = Какую картину? Например: <code>/drop 15</code>. Номера есть в /queue.
usage-broadcast = Напишите текст после команды: <code>/broadcast Завтра бот не работает.</code> Выделение и ссылки сохранятся.
admin-name-unknown = Имя { $name } мне незнакомо. Номер человека подойдёт всегда.

# Что сделано

quota-now =
    Сейчас в день даётся: человеку { $people }, группе { $groups }.

    { usage-quota }
quota-of = { $who }: { credits-count } в день, сегодня осталось { $left }.
quota-set = { $who }: теперь { credits-count } в день, сегодня осталось { $left }.
quota-daily_credits = Теперь у каждого { credits-count } в день.
quota-group_credits = Теперь у каждой группы { credits-count } в день.
grant-given = { $who }: плюс { credits-count }, теперь осталось { $left }.
grant-taken = { $who }: минус { credits-count }, теперь осталось { $left }.
grant-none = { $who }: подаренных баллов нет, забирать нечего.
styles-set = Стиль «{ $label }» теперь есть.
styles-dropped = Стиля «{ $label }» больше нет.
styles-absent = Стиля «{ $label }» нет.
styles-full = Стилей столько, сколько может быть: сначала уберите один.
ban-done = Больше не пользуется ботом: { $who }.{ $stopped ->
    [0] { "" }
    [one] { " " }Остановлена { $stopped } картина.
    [few] { " " }Остановлены { $stopped } картины.
   *[many] { " " }Остановлено { $stopped } картин.
}
ban-admin = Это администратор: его не заблокировать.
unban-done = Снова может пользоваться ботом: { $who }.
unban-none = Блокировки и не было: { $who }.
access-rule = { $access ->
    [list] Ботом могут пользоваться только администраторы и те, кто в списке.
   *[other] Сейчас ботом могут пользоваться все. Чтобы впускать только тех, кто в списке, задайте MAZOK_ACCESS=list и запустите бота снова.
}
allow-now =
    { access-rule }
    { $count ->
        [0] Список пуст.
       *[other] В списке ({ $count }): { $names }{ $more ->
            [0] { "" }
           *[other] {" "}и ещё { $more }
        }
    }

    { usage-allow }
allow-done = В списке: { $who }. { access-rule }
allow-known = Уже в списке: { $who }. { access-rule }
allow-link = Эта ссылка впустит первого, кто её откроет, в течение недели: { $link }
allow-name-link = Имя { $name } мне пока незнакомо. Отправьте эту ссылку: она впустит первого, кто её откроет, в течение недели: { $link }
disallow-done = Больше не в списке: { $who }. { access-rule }
disallow-none = Нет в списке: { $who }. { access-rule }
disallow-admin = Это администратор, его впускают всегда.
disallow-links = { $count ->
    [0] Неоткрытых ссылок не было.
    [one] { $count } неоткрытая ссылка больше никого не впустит.
    [few] { $count } неоткрытые ссылки больше никого не впустят.
   *[many] { $count } неоткрытых ссылок больше никого не впустят.
}
pause-done = Пауза. На новые запросы отвечаю отказом, принятые дорисую. Снять паузу: /resume.
resume-done = Снова принимаю картины.
resume-none = Паузы и не было.
drop-dropped = Картина { $job } снята с очереди, баллы возвращены.
drop-stopping = Картина { $job } уже рисуется: останавливаю, баллы вернутся.
drop-finished = Картина { $job } уже закончена.
drop-unknown = Картины { $job } нет.

# Стоп-лист: /stop

usage-stop =
    <code>/stop add слово</code> — больше не рисовать; можно несколько через запятую
    <code>/stop allow слово</code> — исключение: похоже, но можно
    <code>/stop drop слово</code> — убрать из списка или из исключений
    <code>/stop try запрос</code> — проверить запрос

    Слово ловит всё, что с него начинается; <code>*слово</code> — где угодно внутри, <code>=слово</code> — только само слово. <code>а/б + в</code> ловит запросы, где есть «в» и вместе с ним «а» или «б».
stop-head-stop = <b>Чего не рисовать</b>: { $count } { $count ->
    [one] запись
    [few] записи
   *[many] записей
}
stop-head-exception = <b>Исключения</b>: { $count } { $count ->
    [one] запись
    [few] записи
   *[many] записей
}
stop-page = Страница { $page } из { $pages }; знаком + отмечено добавленное вами
stop-to-stop = Стоп-лист
stop-to-exception = Исключения
stop-added = Больше не рисую: { $entries }
stop-allowed = Теперь можно: { $entries }
stop-dropped = Убрано: { $entries }
stop-known = Уже есть: { $entries }
stop-absent = Такого в списке нет: { $entries }
stop-caught = Отказ из-за записи <code>{ $entry }</code>.
stop-free = Такое я нарисую.
stop-private = Стоп-лист открывается в личном чате со мной.

# На что можно посмотреть

queue-empty = Очередь пуста.
queue-head = <b>Очередь</b>: рисуется { $running }, ждёт { $waiting }
queue-running = <code>{ $job }</code> рисуется, { $percent } % · { $who } · { $age } · «{ $prompt }»
queue-waiting = <code>{ $job }</code> ждёт · { $who } · { $age } · «{ $prompt }»
queue-more = …и ещё { $count }
user-unknown = Человека с номером <code>{ $id }</code> здесь ещё не было.
user-since = Здесь с { $date }
user-jobs = Картины: готово { $done }, не получилось { $failed }, отменено { $cancelled }, в работе { $unfinished }
user-credits = Баллы: сегодня { $used } из { $daily }, подарено { $granted }, осталось { $left }
user-quota = Своё число: { credits-count } в день
user-blocked = В блокировке, причина: { $reason }
user-deed = { $date } { $action } ({ $admin }) { $details }
stats-head = <b>{ $days ->
    [one] За { $days } день
    [few] За { $days } дня
   *[many] За { $days } дней
}</b>: { $asked } { $asked ->
    [one] картина
    [few] картины
   *[many] картин
}
stats-outcomes = готово { $done }, не получилось { $failed }, отменено { $cancelled }, в работе { $unfinished }
stats-waiting = ждали в среднем { $time }
stats-painting = рисовались в среднем { $time }
stats-people = { $today ->
    [one] сегодня рисует { $today } человек
    [few] сегодня рисуют { $today } человека
   *[many] сегодня рисуют { $today } человек
}, в лучший день — { $most }
chart-jobs = Картины по дням
chart-done = готово
chart-failed = не получилось
chart-cancelled = отменено
chart-unfinished = в работе
chart-times-seconds = Среднее время, секунды
chart-times-minutes = Среднее время, минуты
chart-waiting = ожидание
chart-painting = рисование
chart-people = Сколько людей рисует

# Рассылка

cast-confirm = Отправить это в { $count } { $count ->
    [one] чат
    [few] чата
   *[many] чатов
}?
button-cast-send = Отправить
button-cast-drop = Не надо
button-cast-stop = Остановить
cast-send = Отправляю.
cast-drop = Не отправляю.
cast-stop = Останавливаю.
cast-dropped = Рассылка не отправлена.
cast-running = Рассылка идёт: { $sent } из { $total }
cast-done = Рассылка закончена: { $sent } из { $total }
cast-stopped = Рассылка остановлена: { $sent } из { $total }
cast-uncertain = неизвестно, дошло ли: { $count }
cast-unreachable = бот заблокирован: { $count }
cast-failed = не дошло: { $count }

# Тревоги

report-private = Отчёты я показываю только в личном чате: сначала нажмите там «Начать».

alert-failed = ⚠️ Картина { $job } не получилась. { $reason }{ $count ->
    [1] { "" }
   *[other] { " " }Всего таких { $count }.
}
alert-update = ⚠️ Не удалось обработать событие Telegram, оно отложено: { $kind } { $id }.{ $count ->
    [1] { "" }
   *[other] { " " }Всего таких { $count }.
}
alert-engine-lost = ⚠️ Движок «{ $worker }» оборвал картину { $job } и не отвечает.{ $count ->
    [1] { "" }
   *[other] { " " }Таких обрывов: { $count }.
}
alert-undeliverable = ⚠️ Не удалось доставить сообщение о картине { $job }: { $fault }. Если это была сама картина, баллы за неё вернулись.{ $count ->
    [1] { "" }
   *[other] { " " }Всего таких { $count }.
}
alert-encoder = ⚠️ Не получилась анимация картины { $job }: { $fault }. Сама картина дошла и без неё.{ $count ->
    [1] { "" }
   *[other] { " " }Всего таких { $count }.
}
alert-store-away = ⚠️ Хранилище недоступно уже { $minutes } мин. Всё ждёт, ничего не теряется; причину покажут `--health` и журнал.
alert-store-back = ✅ Хранилище вернулось, всё идёт дальше.
alert-engine-fault = ⚠️ Движок «{ $worker }» не может рисовать и вышел из очереди: { $fault }. Он проверяет себя и вернётся сам; никто за это не заплатил.{ $count ->
    [1] { "" }
   *[other] { " " }Так было уже { $count } раз.
}
alert-engine-back = ✅ Движок «{ $worker }» снова рисует.
alert-polling = ⚠️ Уже { $minutes } мин. до бота не доходит ни одного сообщения. Не работает ли с его токеном другая программа? Доступен ли Telegram? Ответ — в журнале.
alert-outbox = ⚠️ Одно из сообщений ждёт отправки уже { $minutes } мин.
alert-inbox = ⚠️ Полученное сообщение ждёт ответа уже { $minutes } мин.
alert-disk = ⚠️ Диск почти полон: осталось { $megabytes } МБ, { $place ->
    [database] на нём база
   *[files] на нём файлы
}.
alert-no-engine = ⚠️ Ни один движок не отвечает, а в очереди { $waiting } { $waiting ->
    [one] картина
    [few] картины
   *[many] картин
}.
alert-no-model = ⚠️ { $waiting ->
    [1] Картина { $job } ждёт
    [one] { $waiting } картина, первая из них { $job }, ждёт
    [few] { $waiting } картины, первая из них { $job }, ждут
   *[many] { $waiting } картин, первая из них { $job }, ждут
} движок с { $missing ->
    [one] моделью
   *[other] моделями
} { $models }, а такого на связи нет. Скачать модель: <code>python -m engine models pull</code>, снять картину с очереди: /drop { $job }.

# Что --check находит на пути к Telegram.
check-telegram = Telegram отвечает{ $server ->
    [none] { "" }
   *[other] { " " }на { $server }
}{ $proxy ->
    [none] { "" }
   *[other] { " " }через прокси { $proxy }
}: это @{ $username }.
check-telegram-away = С Telegram нет связи{ $server ->
    [none] { "" }
   *[other] { " " }на { $server }
}{ $proxy ->
    [none] { "" }
   *[other] { " " }через прокси { $proxy }
}: { $reason }.{ $hint ->
    [proxy] { " " }Если Telegram заблокирован, задайте MAZOK_PROXY.
    [login] { " " }Прокси требует другое имя и пароль: схема://имя:пароль@адрес:порт в MAZOK_PROXY.
   *[none] { "" }
}
check-token = Telegram не принимает MAZOK_TOKEN: сверьте его с тем, который дал @BotFather.
check-token-server = Сервер Bot API не принимает MAZOK_TOKEN: сверьте его с тем, который дал @BotFather, и один раз вызовите logOut на сервере самого Telegram.
check-polling = Вебхука нет: бот сам спрашивает об обновлениях.
check-webhook = Telegram присылает обновления на { $host } (ждут: { $pending }).
check-webhook-left = От другой программы остался вебхук на { $host }: бот снимет его при запуске.
check-webhook-unset = { $host ->
    [none] Вебхука пока нет: бот поставит тот, что в MAZOK_WEBHOOK, при запуске.
   *[other] Вебхук ведёт на { $host }: при запуске бот заменит его на тот, что в MAZOK_WEBHOOK.
}
check-webhook-failing = Telegram не может доставить обновления на { $host } (ждут: { $pending }): { $reason }. Работает ли обратный прокси и передаёт ли он их на MAZOK_WEBHOOK_LISTEN?
check-privacy = Режим приватности включён: в группах бот получает только то, что его касается.
check-privacy-off = Режим приватности выключен, и бот получает все сообщения групп; изменить можно у @BotFather: /setprivacy.
check-groups-off = Бота нельзя добавить в группы; изменить можно у @BotFather: /setjoingroups.
check-inline-off = Встроенный режим выключен, и картины нельзя отправить в другие чаты; изменить можно у @BotFather: /setinline.
check-admins = MAZOK_ADMINS пуст: если что-то сломается, никто об этом не узнает. Свой номер покажет /me.
check-server-files = Папка { $place } из MAZOK_BOT_API_FILES не читается.

# Buttons of the card

card-grant = +{ $count } баллов
card-quota = { $count } в день
card-quota-default = как у всех
card-ban = Закрыть доступ
card-unban = Открыть доступ
