// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/messages.h"

#include "gateway/http/list_header.h"
#include "gateway/pages/look.h"

#include <algorithm>
#include <array>
#include <vector>

namespace gatehouse::pages {
namespace {

constexpr auto table = std::to_array<Message>({
    // everywhere
    {"nav_account", "Account", "Аккаунт", "Обліковий запис"},
    {"nav_sessions", "Devices", "Устройства", "Пристрої"},
    {"nav_password", "Password and sign-in", "Пароль и вход", "Пароль і вхід"},
    {"nav_preferences", "Preferences", "Настройки", "Налаштування"},
    {"nav_sign_out", "Sign out", "Выйти", "Вийти"},
    {"nav_label", "Your account", "Ваш аккаунт", "Ваш обліковий запис"},
    {"expired_form", "This page was open for too long. Nothing was changed; please try again.",
     "Страница была открыта слишком долго. Ничего не изменилось, попробуйте ещё раз.",
     "Сторінка була відкрита занадто довго. Нічого не змінилося, спробуйте ще раз."},
    {"forbidden_origin", "That request came from another site and was refused. Please use the form on this page.",
     "Запрос пришёл с другого сайта и был отклонён. Воспользуйтесь формой на этой странице.",
     "Запит надійшов з іншого сайту, і його відхилено. Скористайтеся формою на цій сторінці."},
    {"throttled", "Too many attempts.", "Слишком много попыток.", "Забагато спроб."},
    {"retry_seconds", "Try again in {} second.|Try again in {} seconds.",
     "Попробуйте через {} секунду.|Попробуйте через {} секунды.|Попробуйте через {} секунд.",
     "Спробуйте через {} секунду.|Спробуйте через {} секунди.|Спробуйте через {} секунд."},
    {"retry_minutes", "Try again in {} minute.|Try again in {} minutes.",
     "Попробуйте через {} минуту.|Попробуйте через {} минуты.|Попробуйте через {} минут.",
     "Спробуйте через {} хвилину.|Спробуйте через {} хвилини.|Спробуйте через {} хвилин."},

    // login
    {"login_title", "Sign in", "Вход", "Вхід"},
    {"login_lead", "Sign in to continue to", "Войдите, чтобы продолжить в", "Увійдіть, щоб продовжити в"},
    {"identifier", "E-mail", "Электронная почта", "Електронна пошта"},
    {"password", "Password", "Пароль", "Пароль"},
    {"remember_days", "Keep me signed in for {} day|Keep me signed in for {} days",
     "Оставаться в системе {} день|Оставаться в системе {} дня|Оставаться в системе {} дней",
     "Залишатися в системі {} день|Залишатися в системі {} дні|Залишатися в системі {} днів"},
    {"remember_hours", "Keep me signed in for {} hour|Keep me signed in for {} hours",
     "Оставаться в системе {} час|Оставаться в системе {} часа|Оставаться в системе {} часов",
     "Залишатися в системі {} годину|Залишатися в системі {} години|Залишатися в системі {} годин"},
    {"remember_minutes", "Keep me signed in for {} minute|Keep me signed in for {} minutes",
     "Оставаться в системе {} минуту|Оставаться в системе {} минуты|Оставаться в системе {} минут",
     "Залишатися в системі {} хвилину|Залишатися в системі {} хвилини|Залишатися в системі {} хвилин"},
    {"sign_in", "Sign in", "Войти", "Увійти"},
    {"login_failed", "Wrong e-mail or password.", "Неверная почта или пароль.", "Неправильна пошта або пароль."},
    {"login_incomplete", "Enter your e-mail and your password.", "Введите электронную почту и пароль.",
     "Введіть електронну пошту і пароль."},
    {"login_unavailable",
     "We can’t sign you in: our servers can’t be reached. Your account is fine; please try again in a moment.",
     "Войти не получается: сервер временно недоступен. С вашим аккаунтом всё в порядке, попробуйте чуть позже.",
     "Увійти не вдається: сервер тимчасово недоступний. З вашим обліковим записом усе гаразд, спробуйте трохи "
     "пізніше."},
    {"signed_out", "You are signed out.", "Вы вышли из системы.", "Ви вийшли із системи."},
    {"password_changed", "Your password has been changed. Sign in with the new one.",
     "Пароль изменён. Войдите с новым паролем.", "Пароль змінено. Увійдіть з новим паролем."},
    {"session_ended", "Your session has ended. Please sign in again.", "Сеанс завершён. Войдите ещё раз.",
     "Сеанс завершено. Увійдіть ще раз."},

    // logout
    {"logout_title", "Sign out?", "Выйти?", "Вийти?"},
    {"logout_as", "You are signed in as", "Вы вошли как", "Ви увійшли як"},
    {"logout_lead", "Signing out ends your session on this device.", "Сеанс на этом устройстве будет завершён.",
     "Сеанс на цьому пристрої буде завершено."},
    {"sign_out", "Sign out", "Выйти", "Вийти"},
    {"stay", "Stay signed in", "Остаться", "Залишитися"},
    {"logout_failed_title", "You are still signed in", "Вы по-прежнему в системе", "Ви досі в системі"},
    {"logout_failed", "Signing out did not work: our servers can’t be reached. Your session is still active.",
     "Выйти не удалось: сервер временно недоступен. Ваш сеанс всё ещё активен.",
     "Вийти не вдалося: сервер тимчасово недоступний. Ваш сеанс досі активний."},
    {"logout_failed_hint", "Please try again in a moment, above all on a device that others use too.",
     "Попробуйте ещё раз чуть позже, особенно если устройством пользуетесь не только вы.",
     "Спробуйте ще раз трохи пізніше, особливо якщо пристроєм користуєтеся не лише ви."},
    {"recorded_title", "Done. One server hasn’t heard yet", "Готово. Один сервер ещё не обновился",
     "Готово. Один сервер ще не оновився"},
    {"recorded_signed_out", "You are signed out.", "Вы вышли из системы.", "Ви вийшли із системи."},
    {"recorded_password", "Your password is changed, and your other devices are signed out.",
     "Пароль изменён, сеансы на остальных ваших устройствах завершены.",
     "Пароль змінено, сеанси на інших ваших пристроях завершено."},
    {"recorded_one", "That device is signed out.", "Сеанс на том устройстве завершён.",
     "Сеанс на тому пристрої завершено."},
    {"recorded_others", "All your other devices are signed out.",
     "Сеансы на всех остальных ваших устройствах завершены.", "Сеанси на всіх інших ваших пристроях завершено."},
    {"recorded_hint",
     "This is recorded and will hold. One of our servers can’t be reached just now and may accept what has ended for "
     "a little while.",
     "Это записано и останется в силе. Один из наших серверов сейчас недоступен и может ещё недолго принимать "
     "завершённое.",
     "Це записано, і воно лишиться чинним. Один із наших серверів зараз недоступний і може ще недовго приймати "
     "завершене."},
    {"sign_out_again", "Try to sign out again", "Попробовать выйти ещё раз", "Спробувати вийти ще раз"},

    // sessions
    {"sessions_title", "Your devices", "Ваши устройства", "Ваші пристрої"},
    {"sessions_lead", "If you don’t recognise a device, sign it out and change your password.",
     "Если устройство вам незнакомо, завершите его сеанс и смените пароль.",
     "Якщо пристрій вам незнайомий, завершіть його сеанс і змініть пароль."},
    {"this_device", "This device", "Это устройство", "Цей пристрій"},
    {"unknown_device", "Unknown device", "Неизвестное устройство", "Невідомий пристрій"},
    {"unknown_address", "unknown address", "адрес неизвестен", "адреса невідома"},
    {"device_on", "on", "·", "·"},
    {"end_session", "Sign out", "Завершить", "Завершити"},
    {"other_devices", "Other devices", "Другие устройства", "Інші пристрої"},
    {"end_others", "Sign out {} device|Sign out all {}",
     "Завершить {} сеанс|Завершить все {} сеанса|Завершить все {} сеансов",
     "Завершити {} сеанс|Завершити всі {} сеанси|Завершити всі {} сеансів"},
    {"no_others", "You’re not signed in anywhere else.", "Других устройств нет.", "Інших пристроїв немає."},
    {"one_ended", " is signed out, everywhere, as of now.", ": сеанс завершён, везде и уже сейчас.",
     ": сеанс завершено, усюди й уже зараз."},
    {"others_ended", "All other devices are signed out.", "Сеансы на всех остальных устройствах завершены.",
     "Сеанси на всіх інших пристроях завершено."},
    {"password_changed_here", "Your password is changed. All your other devices are signed out.",
     "Пароль изменён. Сеансы на всех остальных ваших устройствах завершены.",
     "Пароль змінено. Сеанси на всіх інших ваших пристроях завершено."},
    {"one_not_ended", "That device is still signed in", "Сеанс на том устройстве не завершён",
     "Сеанс на тому пристрої не завершено"},
    {"others_not_ended", "Your other devices are still signed in", "Сеансы на остальных устройствах не завершены",
     "Сеанси на інших пристроях не завершено"},
    {"not_ended_hint", "Signing out did not work: our servers can’t be reached. Please try again in a moment.",
     "Завершить сеанс не удалось: сервер временно недоступен. Попробуйте ещё раз чуть позже.",
     "Завершити сеанс не вдалося: сервер тимчасово недоступний. Спробуйте ще раз трохи пізніше."},
    {"try_again", "Try again", "Попробовать ещё раз", "Спробувати ще раз"},
    {"just_now", "just now", "только что", "щойно"},
    {"minutes_ago", "{} minute ago|{} minutes ago", "{} минуту назад|{} минуты назад|{} минут назад",
     "{} хвилину тому|{} хвилини тому|{} хвилин тому"},
    {"hours_ago", "{} hour ago|{} hours ago", "{} час назад|{} часа назад|{} часов назад",
     "{} годину тому|{} години тому|{} годин тому"},
    {"days_ago", "{} day ago|{} days ago", "{} день назад|{} дня назад|{} дней назад",
     "{} день тому|{} дні тому|{} днів тому"},

    // password
    {"password_title", "Change password", "Смена пароля", "Зміна пароля"},
    {"password_lead", "All your other devices will be signed out.",
     "Сеансы на всех остальных ваших устройствах будут завершены.",
     "Сеанси на всіх інших ваших пристроях буде завершено."},
    {"current_password", "Current password", "Текущий пароль", "Поточний пароль"},
    {"new_password", "New password", "Новый пароль", "Новий пароль"},
    {"password_hint",
     "At least {} character. A few words in a row are easy to remember.|"
     "At least {} characters. A few words in a row are easy to remember.",
     "Не меньше {} символа. Несколько слов подряд легко запомнить.|"
     "Не меньше {} символов. Несколько слов подряд легко запомнить.|"
     "Не меньше {} символов. Несколько слов подряд легко запомнить.",
     "Щонайменше {} символ. Кілька слів поспіль легко запам’ятати.|"
     "Щонайменше {} символи. Кілька слів поспіль легко запам’ятати.|"
     "Щонайменше {} символів. Кілька слів поспіль легко запам’ятати."},
    {"change_password", "Change password", "Сменить пароль", "Змінити пароль"},
    {"password_wrong", "The current password is wrong.", "Текущий пароль указан неверно.",
     "Поточний пароль неправильний."},
    {"password_short", "The new password is too short.", "Новый пароль слишком короткий.",
     "Новий пароль занадто короткий."},
    {"password_long", "The new password is too long.", "Новый пароль слишком длинный.", "Новий пароль занадто довгий."},
    {"password_unchanged", "The new password is the same as the current one.", "Новый пароль совпадает с текущим.",
     "Новий пароль збігається з поточним."},
    {"password_common", "The new password is one of the first that an attacker would try. Choose another one.",
     "Такие пароли подбирают первыми. Придумайте другой.", "Такі паролі вгадують одними з перших. Виберіть інший."},
    {"password_contains", "The new password must not contain your e-mail address.",
     "Новый пароль не должен содержать адрес вашей почты.", "Новий пароль не повинен містити адресу вашої пошти."},
    {"password_incomplete", "Enter your current password and a new one.", "Введите текущий пароль и новый.",
     "Введіть поточний пароль і новий."},
    {"password_unavailable",
     "The password was not changed: our servers can’t be reached. Please try again in a moment.",
     "Пароль не изменён: сервер временно недоступен. Попробуйте чуть позже.",
     "Пароль не змінено: сервер тимчасово недоступний. Спробуйте трохи пізніше."},

    // account
    {"account_title", "Your account", "Ваш аккаунт", "Ваш обліковий запис"},
    {"account_email", "E-mail", "Электронная почта", "Електронна пошта"},
    {"account_role", "Role", "Роль", "Роль"},
    {"account_context", "Application", "Приложение", "Застосунок"},
    {"account_permissions", "Permissions", "Разрешения", "Дозволи"},
    {"verified", "verified", "подтверждена", "підтверджено"},
    {"not_verified", "not verified", "не подтверждена", "не підтверджено"},
    {"see_sessions", "Your devices", "Ваши устройства", "Ваші пристрої"},

    // preferences
    {"preferences_title", "Preferences", "Настройки", "Налаштування"},
    {"preferences_lead", "They apply on all your devices.", "Действуют на всех ваших устройствах.",
     "Діють на всіх ваших пристроях."},
    {"preferences_saved", "Your preferences have been saved.", "Настройки сохранены.", "Налаштування збережено."},
    {"theme", "Appearance", "Оформление", "Оформлення"},
    {"language", "Language", "Язык", "Мова"},
    {"as_browser", "Same as my browser", "Как в браузере", "Як у браузері"},
    {"theme_light", "Light", "Светлое", "Світле"},
    {"theme_dark", "Dark", "Тёмное", "Темне"},
    {"save", "Save", "Сохранить", "Зберегти"},

    // errors
    {"go_home", "Go to the start page", "На главную страницу", "На головну сторінку"},
    {"request_id", "Request ID", "Код запроса", "Код запиту"},
    {"error_400", "This request cannot be read", "Запрос не удалось прочитать", "Запит не вдалося прочитати"},
    {"error_400_hint", "Something in it is missing or broken. Go back and try again.",
     "В нём чего-то не хватает или что-то испорчено. Вернитесь и попробуйте ещё раз.",
     "У ньому чогось бракує або щось пошкоджено. Поверніться і спробуйте ще раз."},
    {"error_403", "You don’t have access", "Нет доступа", "Немає доступу"},
    {"error_403_hint", "Ask those who run this site if you think that you should.",
     "Если вы считаете, что доступ у вас должен быть, обратитесь к администраторам сайта.",
     "Якщо ви вважаєте, що доступ у вас має бути, зверніться до адміністраторів сайту."},
    {"error_404", "Page not found", "Страница не найдена", "Сторінку не знайдено"},
    {"error_404_hint", "The address may be mistyped, or the page has moved.",
     "Возможно, в адресе опечатка или страница переехала.", "Можливо, в адресі помилка або сторінку переміщено."},
    {"error_405", "That didn’t work", "Не получилось", "Не вдалося"},
    {"error_405_hint", "Go back and try again.", "Вернитесь и попробуйте ещё раз.", "Поверніться і спробуйте ще раз."},
    {"error_413", "That’s too long", "Слишком длинно", "Задовго"},
    {"error_413_hint", "Shorten it and try again.", "Сократите введённое и попробуйте ещё раз.",
     "Скоротіть введене і спробуйте ще раз."},
    {"error_415", "We couldn’t read what was sent", "Не удалось прочитать отправленное",
     "Не вдалося прочитати надіслане"},
    {"error_415_hint", "Go back and try again.", "Вернитесь и попробуйте ещё раз.", "Поверніться і спробуйте ще раз."},
    {"error_429", "Too many attempts", "Слишком много попыток", "Забагато спроб"},
    {"error_429_hint", "Wait a few minutes, then try again.", "Подождите несколько минут и попробуйте ещё раз.",
     "Зачекайте кілька хвилин і спробуйте ще раз."},
    {"error_500", "Something went wrong", "Что-то пошло не так", "Щось пішло не так"},
    {"error_500_hint", "The mistake is ours and has been noted. Try again; if it stays, tell us the request ID below.",
     "Это наша ошибка, и она записана. Попробуйте ещё раз; если не поможет, сообщите нам код запроса внизу.",
     "Це наша помилка, і її записано. Спробуйте ще раз; якщо не допоможе, повідомте нам код запиту внизу."},
    {"error_503", "Temporarily unavailable", "Временно недоступно", "Тимчасово недоступно"},
    {"error_503_hint", "You’re still signed in. Please try again in a moment.",
     "Вы по-прежнему в системе. Попробуйте ещё раз чуть позже.", "Ви досі в системі. Спробуйте ще раз трохи пізніше."},

    // a forgotten password, a new account
    {"forgot_link", "Forgot password?", "Забыли пароль?", "Забули пароль?"},
    {"forgot_title", "Forgot your password?", "Забыли пароль?", "Забули пароль?"},
    {"forgot_lead", "Enter your e-mail address. We’ll send you a link to choose a new password.",
     "Введите адрес почты. Мы пришлём ссылку, по которой можно задать новый пароль.",
     "Введіть адресу пошти. Ми надішлемо посилання, за яким можна задати новий пароль."},
    {"forgot_send", "Send the link", "Отправить ссылку", "Надіслати посилання"},
    {"forgot_sent", "If an account has this address, a link is on its way. It works for 30 minutes.",
     "Если с этим адресом связан аккаунт, мы отправили на него ссылку. Она действует 30 минут.",
     "Якщо з цією адресою пов’язано обліковий запис, ми надіслали на неї посилання. Воно діє 30 хвилин."},
    {"mail_missing", "Nothing arrived? Look into the spam folder, and check the address.",
     "Письма нет? Загляните в папку со спамом и проверьте адрес.",
     "Листа немає? Перевірте теку зі спамом і саму адресу."},
    {"back_to_login", "Back to sign-in", "Вернуться ко входу", "Повернутися до входу"},
    {"address_wrong", "This is not an e-mail address.", "Это не адрес электронной почты.",
     "Це не адреса електронної пошти."},
    {"mail_unavailable", "We can’t send mail right now. Nothing was changed; please try again in a moment.",
     "Сейчас отправить письмо не получается. Ничего не изменилось, попробуйте чуть позже.",
     "Зараз надіслати лист не вдається. Нічого не змінилося, спробуйте трохи пізніше."},
    {"register_link", "Create an account", "Создать аккаунт", "Створити обліковий запис"},
    {"register_title", "Create an account", "Новый аккаунт", "Новий обліковий запис"},
    {"register_lead", "Enter your e-mail address. We’ll send you a link to continue.",
     "Введите адрес почты. Мы пришлём ссылку, чтобы продолжить.",
     "Введіть адресу пошти. Ми надішлемо посилання, щоб продовжити."},
    {"register_send", "Continue", "Продолжить", "Продовжити"},
    {"register_sent", "A mail is on its way. Its link works for 30 minutes.",
     "Мы отправили письмо. Ссылка в нём действует 30 минут.", "Ми надіслали лист. Посилання в ньому діє 30 хвилин."},
    {"choose_title_reset", "Choose a new password", "Новый пароль", "Новий пароль"},
    {"choose_lead_reset", "You will be signed out on all devices, and sign in with the new password.",
     "Сеансы на всех устройствах завершатся, и вы войдёте с новым паролем.",
     "Сеанси на всіх пристроях завершаться, і ви увійдете з новим паролем."},
    {"choose_save", "Save the new password", "Сохранить новый пароль", "Зберегти новий пароль"},
    {"choose_title_register", "Choose a password", "Придумайте пароль", "Придумайте пароль"},
    {"choose_lead_register", "Your address is confirmed. One password, and your account is ready.",
     "Адрес подтверждён. Осталось придумать пароль.", "Адресу підтверджено. Залишилося придумати пароль."},
    {"choose_register", "Create the account", "Создать аккаунт", "Створити обліковий запис"},
    {"dead_link_title", "This link doesn’t work any more", "Ссылка больше не действует", "Посилання більше не діє"},
    {"dead_link_lead", "A link works once and for a limited time, and a newer one replaces it. Ask for another.",
     "Ссылка действует ограниченное время и только один раз, а новая заменяет прежнюю. Запросите ещё одну.",
     "Посилання діє обмежений час і лише один раз, а нове замінює попереднє. Запросіть ще одне."},
    {"account_created", "Your account is ready. Sign in with your new password.",
     "Аккаунт создан. Войдите с новым паролем.", "Обліковий запис створено. Увійдіть з новим паролем."},
    {"account_exists", "This address has an account already. Sign in, or choose a new password.",
     "С этим адресом уже есть аккаунт. Войдите или задайте новый пароль.",
     "З цією адресою вже є обліковий запис. Увійдіть або задайте новий пароль."},

    // mails
    {"mail_minutes", "The link works for {} minute.|The link works for {} minutes.",
     "Ссылка действует {} минуту.|Ссылка действует {} минуты.|Ссылка действует {} минут.",
     "Посилання діє {} хвилину.|Посилання діє {} хвилини.|Посилання діє {} хвилин."},
    {"mail_reset_subject", "{site}: choose a new password", "{site}: новый пароль", "{site}: новий пароль"},
    {"mail_reset_lead", "Somebody, most likely you, has forgotten the password of this address at {site}.",
     "Кто-то, скорее всего вы, забыл пароль к аккаунту {site} с этим адресом.",
     "Хтось, найімовірніше ви, забув пароль до облікового запису {site} з цією адресою."},
    {"mail_reset_button", "Choose a new password", "Задать новый пароль", "Задати новий пароль"},
    {"mail_reset_hint", "If it was not you, do nothing: your password stays as it is.",
     "Если это были не вы, ничего не делайте: пароль останется прежним.",
     "Якщо це були не ви, нічого не робіть: пароль залишиться попереднім."},
    {"mail_register_subject", "{site}: confirm your address", "{site}: подтвердите адрес",
     "{site}: підтвердьте адресу"},
    {"mail_register_lead", "Somebody, most likely you, wants to create an account at {site} with this address.",
     "Кто-то, скорее всего вы, создаёт аккаунт {site} с этим адресом.",
     "Хтось, найімовірніше ви, створює обліковий запис {site} з цією адресою."},
    {"mail_register_button", "Confirm and choose a password", "Подтвердить и придумать пароль",
     "Підтвердити і придумати пароль"},
    {"mail_register_hint", "If it was not you, do nothing: no account is created.",
     "Если это были не вы, ничего не делайте: аккаунт не появится.",
     "Якщо це були не ви, нічого не робіть: обліковий запис не з’явиться."},
    {"mail_exists_subject", "{site}: you have an account already", "{site}: у вас уже есть аккаунт",
     "{site}: у вас уже є обліковий запис"},
    {"mail_exists_lead",
     "Somebody, most likely you, wanted to create an account at {site} with this address. It has one already.",
     "Кто-то, скорее всего вы, хотел создать аккаунт {site} с этим адресом. Такой аккаунт уже есть.",
     "Хтось, найімовірніше ви, хотів створити обліковий запис {site} з цією адресою. Такий обліковий запис уже є."},
    {"mail_exists_button", "Sign in", "Войти", "Увійти"},
    {"mail_exists_hint", "The sign-in page also helps if you have forgotten the password.",
     "На странице входа можно и восстановить забытый пароль.", "На сторінці входу можна й відновити забутий пароль."},
    {"mail_device_subject", "{site}: a new device", "{site}: новое устройство", "{site}: новий пристрій"},
    {"mail_device_lead",
     "Somebody, most likely you, has signed in to your account at {site} on a device that we don’t know.",
     "Кто-то, скорее всего вы, вошёл в ваш аккаунт {site} с устройства, которого мы не знаем.",
     "Хтось, найімовірніше ви, увійшов до вашого облікового запису {site} з пристрою, якого ми не знаємо."},
    {"mail_device_button", "See your devices", "Посмотреть устройства", "Переглянути пристрої"},
    {"mail_device_hint", "If it was not you, sign that device out and change your password.",
     "Если это были не вы, завершите его сеанс и смените пароль.",
     "Якщо це були не ви, завершіть його сеанс і змініть пароль."},
    {"mail_changed_subject", "{site}: your password was changed", "{site}: пароль изменён", "{site}: пароль змінено"},
    {"mail_changed_lead", "The password of your account at {site} was changed, and all other devices were signed out.",
     "Пароль вашего аккаунта {site} изменён, сеансы на остальных устройствах завершены.",
     "Пароль вашого облікового запису {site} змінено, сеанси на інших пристроях завершено."},
    {"mail_changed_button", "It wasn’t me", "Это был не я", "Це був не я"},
    {"mail_changed_hint", "If it was you, there is nothing to do.", "Если это были вы, ничего делать не нужно.",
     "Якщо це були ви, нічого робити не потрібно."},
});

/// The index of the plural form for a number.
std::size_t plural_form(http::Language language, std::int64_t number) {
    if (language == http::Language::en) return number == 1 ? 0 : 1;
    const auto ones = number % 10;
    const auto tens = number / 10 % 10;
    if (tens == 1 || ones == 0 || ones > 4) return 2;
    return ones == 1 ? 0 : 1;
}

} // namespace

std::string_view Message::in(http::Language language) const noexcept {
    switch (language) {
    case http::Language::ru: return ru;
    case http::Language::uk: return uk;
    case http::Language::en: break;
    }
    return en;
}

std::span<const Message> messages() noexcept {
    static const auto all = [] {
        std::vector<Message> each(table.begin(), table.end());
        for (const auto more : {account_messages(), shell_messages()})
            each.insert(each.end(), more.begin(), more.end());
        return each;
    }();
    return all;
}

std::string_view shipped_text(http::Language language, std::string_view key) noexcept {
    const auto all = messages();
    const auto found = std::ranges::find(all, key, &Message::key);
    return found == all.end() ? std::string_view() : found->in(language);
}

std::string_view text(http::Language language, std::string_view key) noexcept {
    const auto& own = look().texts[static_cast<std::size_t>(language)];
    if (const auto found = own.find(key); found != own.end()) return found->second;
    return shipped_text(language, key);
}

std::string text_with(http::Language language, std::string_view key, std::int64_t number) {
    auto forms = text(language, key);
    std::string_view chosen;
    for (auto left = plural_form(language, number) + 1; left > 0 && !forms.empty(); --left)
        chosen = http::take_until(forms, '|');
    std::string filled(chosen);
    if (const auto gap = filled.find("{}"); gap != filled.npos) filled.replace(gap, 2, std::to_string(number));
    return filled;
}

} // namespace gatehouse::pages
