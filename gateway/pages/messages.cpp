// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/messages.h"

#include "gateway/http/list_header.h"

#include <algorithm>
#include <array>

namespace gatehouse::pages {
namespace {

constexpr auto table = std::to_array<Message>({
    // everywhere
    {"nav_account", "Account", "Аккаунт", "Обліковий запис"},
    {"nav_sessions", "Sessions", "Сеансы", "Сеанси"},
    {"nav_password", "Password", "Пароль", "Пароль"},
    {"nav_preferences", "Preferences", "Настройки", "Налаштування"},
    {"nav_sign_out", "Sign out", "Выйти", "Вийти"},
    {"nav_label", "Your account", "Ваш аккаунт", "Ваш обліковий запис"},
    {"expired_form", "This page was open for too long. Nothing was changed; please try again.",
     "Страница была открыта слишком долго. Ничего не изменилось, попробуйте ещё раз.",
     "Сторінка була відкрита занадто довго. Нічого не змінилося, спробуйте ще раз."},
    {"forbidden_origin", "That request came from another site and was refused. Please use the form on this page.",
     "Запрос пришёл с другого сайта и был отклонён. Воспользуйтесь формой на этой странице.",
     "Запит надійшов з іншого сайту і був відхилений. Скористайтеся формою на цій сторінці."},
    {"throttled", "Too many attempts.", "Слишком много попыток.", "Забагато спроб."},
    {"retry_seconds", "Try again in {} second.|Try again in {} seconds.",
     "Попробуйте через {} секунду.|Попробуйте через {} секунды.|Попробуйте через {} секунд.",
     "Спробуйте через {} секунду.|Спробуйте через {} секунди.|Спробуйте через {} секунд."},
    {"retry_minutes", "Try again in {} minute.|Try again in {} minutes.",
     "Попробуйте через {} минуту.|Попробуйте через {} минуты.|Попробуйте через {} минут.",
     "Спробуйте через {} хвилину.|Спробуйте через {} хвилини.|Спробуйте через {} хвилин."},

    // login
    {"login_title", "Sign in", "Вход", "Вхід"},
    {"login_lead", "Welcome back. Please sign in to continue.", "С возвращением. Войдите, чтобы продолжить.",
     "З поверненням. Увійдіть, щоб продовжити."},
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
    {"login_failed", "These details do not match an account. Check them and try again.",
     "Данные не подходят ни к одному аккаунту. Проверьте их и попробуйте ещё раз.",
     "Дані не відповідають жодному обліковому запису. Перевірте їх і спробуйте ще раз."},
    {"login_incomplete", "Enter your e-mail and your password.", "Введите электронную почту и пароль.",
     "Введіть електронну пошту і пароль."},
    {"login_unavailable", "We cannot sign you in right now. Your account is fine; please try again in a moment.",
     "Сейчас войти не получается. С вашим аккаунтом всё в порядке, попробуйте чуть позже.",
     "Зараз увійти не вдається. З вашим обліковим записом усе гаразд, спробуйте трохи пізніше."},
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
    {"logout_failed_title", "You are still signed in", "Вы всё ещё в системе", "Ви все ще в системі"},
    {"logout_failed", "Signing out did not work: our storage cannot be reached. Your session is still active.",
     "Выйти не удалось: наше хранилище недоступно. Ваш сеанс всё ещё активен.",
     "Вийти не вдалося: наше сховище недоступне. Ваш сеанс все ще активний."},
    {"logout_failed_hint", "Please try again in a moment, above all on a device that others use too.",
     "Попробуйте ещё раз чуть позже, особенно если устройством пользуетесь не только вы.",
     "Спробуйте ще раз трохи пізніше, особливо якщо пристроєм користуєтеся не лише ви."},
    {"recorded_title", "Signed out, with a delay", "Выход выполнен, но не сразу", "Вихід виконано, але не одразу"},
    {"recorded_hint",
     "It is recorded and will hold. One of our servers could not be reached just now and may honour the old session "
     "for a little while.",
     "Выход записан и останется в силе. Один из наших серверов сейчас недоступен и может ещё недолго принимать старый "
     "сеанс.",
     "Вихід записано, і він лишиться чинним. Один із наших серверів зараз недоступний і може ще недовго приймати "
     "старий "
     "сеанс."},
    {"sign_out_again", "Try to sign out again", "Попробовать выйти ещё раз", "Спробувати вийти ще раз"},

    // sessions
    {"sessions_title", "Where you are signed in", "Где выполнен вход", "Де виконано вхід"},
    {"sessions_lead", "Sign out of anything you do not recognise, and change your password.",
     "Завершите сеансы, которых не узнаёте, и смените пароль.",
     "Завершіть сеанси, яких не впізнаєте, і змініть пароль."},
    {"this_device", "This device", "Это устройство", "Цей пристрій"},
    {"unknown_device", "Unknown device", "Неизвестное устройство", "Невідомий пристрій"},
    {"unknown_address", "unknown address", "адрес неизвестен", "адреса невідома"},
    {"device_on", "on", "·", "·"},
    {"active", "Active", "Активность:", "Активність:"},
    {"signed_in", "signed in", "вход:", "вхід:"},
    {"end_session", "Sign out", "Завершить", "Завершити"},
    {"end_others", "Sign out everywhere else", "Завершить все остальные", "Завершити всі інші"},
    {"no_others", "You are signed in nowhere else.", "Других сеансов нет.", "Інших сеансів немає."},
    {"one_ended", "That session has been ended.", "Сеанс завершён.", "Сеанс завершено."},
    {"others_ended", "All other sessions have been ended.", "Все остальные сеансы завершены.",
     "Усі інші сеанси завершено."},
    {"just_now", "just now", "только что", "щойно"},
    {"minutes_ago", "{} minute ago|{} minutes ago", "{} минуту назад|{} минуты назад|{} минут назад",
     "{} хвилину тому|{} хвилини тому|{} хвилин тому"},
    {"hours_ago", "{} hour ago|{} hours ago", "{} час назад|{} часа назад|{} часов назад",
     "{} годину тому|{} години тому|{} годин тому"},
    {"days_ago", "{} day ago|{} days ago", "{} день назад|{} дня назад|{} дней назад",
     "{} день тому|{} дні тому|{} днів тому"},

    // password
    {"password_title", "Change password", "Смена пароля", "Зміна пароля"},
    {"password_lead", "All your other sessions will be ended.", "Все остальные ваши сеансы будут завершены.",
     "Усі інші ваші сеанси буде завершено."},
    {"current_password", "Current password", "Текущий пароль", "Поточний пароль"},
    {"new_password", "New password", "Новый пароль", "Новий пароль"},
    {"password_hint",
     "At least {} character. A few words in a row are easy to remember.|"
     "At least {} characters. A few words in a row are easy to remember.",
     "Не меньше {} символа. Несколько слов подряд легко запомнить.|"
     "Не меньше {} символов. Несколько слов подряд легко запомнить.|"
     "Не меньше {} символов. Несколько слов подряд легко запомнить.",
     "Щонайменше {} символ. Кілька слів поспіль легко запам'ятати.|"
     "Щонайменше {} символи. Кілька слів поспіль легко запам'ятати.|"
     "Щонайменше {} символів. Кілька слів поспіль легко запам'ятати."},
    {"change_password", "Change password", "Сменить пароль", "Змінити пароль"},
    {"password_wrong", "The current password is wrong.", "Текущий пароль неверен.", "Поточний пароль неправильний."},
    {"password_short", "The new password is too short.", "Новый пароль слишком короткий.",
     "Новий пароль занадто короткий."},
    {"password_long", "The new password is too long.", "Новый пароль слишком длинный.", "Новий пароль занадто довгий."},
    {"password_unchanged", "The new password is the same as the current one.", "Новый пароль совпадает с текущим.",
     "Новий пароль збігається з поточним."},
    {"password_common", "The new password is one of the first that an attacker would try. Choose another one.",
     "Новый пароль подберут одним из первых. Выберите другой.",
     "Новий пароль доберуть одним з перших. Виберіть інший."},
    {"password_contains", "The new password must not contain your e-mail address.",
     "Новый пароль не должен содержать вашу электронную почту.",
     "Новий пароль не повинен містити вашу електронну пошту."},
    {"password_incomplete", "Enter your current password and a new one.", "Введите текущий пароль и новый.",
     "Введіть поточний пароль і новий."},
    {"password_unavailable",
     "The password was not changed: our storage cannot be reached. Please try again in a moment.",
     "Пароль не изменён: наше хранилище недоступно. Попробуйте чуть позже.",
     "Пароль не змінено: наше сховище недоступне. Спробуйте трохи пізніше."},

    // account
    {"account_title", "Your account", "Ваш аккаунт", "Ваш обліковий запис"},
    {"account_email", "E-mail", "Электронная почта", "Електронна пошта"},
    {"account_role", "Role", "Роль", "Роль"},
    {"account_context", "Application", "Приложение", "Застосунок"},
    {"account_permissions", "Permissions", "Права", "Права"},
    {"account_none", "none", "нет", "немає"},
    {"verified", "verified", "подтверждена", "підтверджено"},
    {"not_verified", "not verified", "не подтверждена", "не підтверджено"},
    {"see_sessions", "Where am I signed in?", "Где выполнен вход?", "Де виконано вхід?"},

    // preferences
    {"preferences_title", "Preferences", "Настройки", "Налаштування"},
    {"preferences_lead", "They are yours, wherever you sign in.", "Действуют везде, где вы вошли.",
     "Діють усюди, де ви увійшли."},
    {"preferences_saved", "Your preferences have been saved.", "Настройки сохранены.", "Налаштування збережено."},
    {"theme", "Appearance", "Оформление", "Оформлення"},
    {"language", "Language", "Язык", "Мова"},
    {"as_browser", "As my browser says", "Как в браузере", "Як у браузері"},
    {"theme_light", "Light", "Светлое", "Світле"},
    {"theme_dark", "Dark", "Тёмное", "Темне"},
    {"save", "Save", "Сохранить", "Зберегти"},

    // errors
    {"go_home", "Go to the start page", "На главную страницу", "На головну сторінку"},
    {"request_id", "Request", "Запрос", "Запит"},
    {"error_400", "This request cannot be read", "Запрос не удалось прочитать", "Запит не вдалося прочитати"},
    {"error_400_hint", "Something in it is missing or broken. Go back and try again.",
     "В нём чего-то не хватает или что-то испорчено. Вернитесь и попробуйте ещё раз.",
     "У ньому чогось бракує або щось пошкоджено. Поверніться і спробуйте ще раз."},
    {"error_403", "You may not go in here", "Сюда вам нельзя", "Сюди вам не можна"},
    {"error_403_hint",
     "Your account lacks the right for this, or the form was too old. Ask those who run this site if you "
     "think that you should get in.",
     "У вашего аккаунта нет нужных прав, или форма устарела. Если вы считаете, что доступ у вас должен быть, "
     "обратитесь к администраторам сайта.",
     "У вашого облікового запису немає потрібних прав, або форма застаріла. Якщо ви вважаєте, що доступ у вас має "
     "бути, "
     "зверніться до адміністраторів сайту."},
    {"error_404", "There is no such page", "Такой страницы нет", "Такої сторінки немає"},
    {"error_404_hint", "The address may be mistyped, or the page has moved.",
     "Возможно, в адресе опечатка или страница переехала.", "Можливо, в адресі помилка або сторінку переміщено."},
    {"error_405", "This does not work that way", "Так это не работает", "Так це не працює"},
    {"error_405_hint", "The page exists, but not for this kind of request. Go back and use the form on it.",
     "Страница есть, но не для такого запроса. Вернитесь и воспользуйтесь формой на ней.",
     "Сторінка є, але не для такого запиту. Поверніться і скористайтеся формою на ній."},
    {"error_413", "That was too much", "Слишком много данных", "Забагато даних"},
    {"error_413_hint", "A form sent here may have 16 KiB at most. Shorten what you typed and try again.",
     "Форма может содержать не больше 16 КиБ. Сократите введённое и попробуйте ещё раз.",
     "Форма може містити не більше 16 КіБ. Скоротіть введене і спробуйте ще раз."},
    {"error_415", "This format is not understood", "Формат не поддерживается", "Формат не підтримується"},
    {"error_415_hint", "Send a form or JSON, in UTF-8.", "Отправьте форму или JSON в кодировке UTF-8.",
     "Надішліть форму або JSON у кодуванні UTF-8."},
    {"error_429", "Too many attempts", "Слишком много попыток", "Забагато спроб"},
    {"error_429_hint", "Wait a few minutes, then try again.", "Подождите несколько минут и попробуйте ещё раз.",
     "Зачекайте кілька хвилин і спробуйте ще раз."},
    {"error_500", "Something went wrong", "Что-то пошло не так", "Щось пішло не так"},
    {"error_500_hint", "The mistake is ours and has been noted. Try again; if it stays, tell us the number below.",
     "Это наша ошибка, и она записана. Попробуйте ещё раз; если не поможет, сообщите нам номер внизу.",
     "Це наша помилка, і її записано. Спробуйте ще раз; якщо не допоможе, повідомте нам номер унизу."},
    {"error_503", "Temporarily unavailable", "Временно недоступно", "Тимчасово недоступно"},
    {"error_503_hint", "You have not been signed out. Please try again in a moment.",
     "Вы не вышли из системы. Попробуйте ещё раз чуть позже.",
     "Ви не вийшли із системи. Спробуйте ще раз трохи пізніше."},
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
    return table;
}

std::string_view text(http::Language language, std::string_view key) noexcept {
    const auto* const found = std::find_if(table.begin(), table.end(), [&](const Message& m) { return m.key == key; });
    return found == table.end() ? std::string_view() : found->in(language);
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
