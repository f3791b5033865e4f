// SPDX-License-Identifier: Apache-2.0
// The texts of account.h, and of the mails that follow from it.
#include "gateway/pages/messages.h"

#include <array>

namespace gatehouse::pages {
namespace {

constexpr auto account_table = std::to_array<Message>({
    {"back_to_account", "Back to your account", "Назад к аккаунту", "Назад до облікового запису"},
    {"owner_unavailable", "Nothing was changed: our servers can’t be reached. Please try again in a moment.",
     "Ничего не изменилось: сервер временно недоступен. Попробуйте ещё раз чуть позже.",
     "Нічого не змінилося: сервер тимчасово недоступний. Спробуйте ще раз трохи пізніше."},
    {"owner_incomplete", "Fill in all fields.", "Заполните все поля.", "Заповніть усі поля."},

    // download, delete
    {"download_data", "Download what we know about you", "Скачать всё, что мы о вас знаем",
     "Завантажити все, що ми про вас знаємо"},
    {"delete_account", "Delete my account", "Удалить аккаунт", "Видалити обліковий запис"},
    {"delete_title", "Delete your account?", "Удалить аккаунт?", "Видалити обліковий запис?"},
    {"delete_lead",
     "Your account, its permissions and preferences are deleted for good, and you are signed out on all devices. This "
     "cannot be undone.",
     "Аккаунт, его разрешения и настройки будут удалены навсегда, сеансы на всех устройствах завершатся. Отменить это "
     "нельзя.",
     "Обліковий запис, його дозволи й налаштування буде видалено назавжди, сеанси на всіх пристроях завершаться. "
     "Скасувати це не можна."},
    {"account_deleted", "Your account is deleted, and you are signed out everywhere.",
     "Аккаунт удалён, сеансы на всех устройствах завершены.",
     "Обліковий запис видалено, сеанси на всіх пристроях завершено."},

    // a new address, its way back, the phone number
    {"address_part", "E-mail address", "Адрес почты", "Адреса пошти"},
    {"address_part_lead", "You sign in with it, and it gets you back in if you forget the password.",
     "С ним вы входите, и он поможет, если вы забудете пароль.",
     "З нею ви входите, і вона допоможе, якщо ви забудете пароль."},
    {"change_phone", "Change the phone number", "Изменить номер телефона", "Змінити номер телефону"},
    {"phone_part_lead", "We keep it for the application, and don’t check it.",
     "Мы храним его для приложения и не проверяем.", "Ми зберігаємо його для застосунку й не перевіряємо."},
    {"data_part", "Your data", "Ваши данные", "Ваші дані"},
    {"data_part_lead", "Your account, where you are signed in, and what you have set, as one file.",
     "Аккаунт, ваши сеансы и настройки одним файлом.", "Обліковий запис, ваші сеанси й налаштування одним файлом."},
    {"change_address", "Change your e-mail address", "Сменить адрес почты", "Змінити адресу пошти"},
    {"add_address", "Add an e-mail address", "Добавить адрес почты", "Додати адресу пошти"},
    {"new_address_title", "Your new e-mail address", "Новый адрес почты", "Нова адреса пошти"},
    {"new_address_lead",
     "We’ll send a link to the new address. Until you follow it, nothing changes. The address that you have now is "
     "told.",
     "Мы пришлём ссылку на новый адрес. Пока вы по ней не перейдёте, ничего не изменится. На нынешний адрес придёт "
     "уведомление.",
     "Ми надішлемо посилання на нову адресу. Доки ви за ним не перейдете, нічого не зміниться. На теперішню адресу "
     "прийде сповіщення."},
    {"new_address_label", "New e-mail address", "Новый адрес", "Нова адреса"},
    {"new_address_sent", "A link is on its way to the new address. It works for 30 minutes.",
     "Мы отправили ссылку на новый адрес. Она действует 30 минут.",
     "Ми надіслали посилання на нову адресу. Воно діє 30 хвилин."},
    {"same_address", "This is your address already.", "Это и есть ваш нынешний адрес.",
     "Це і є ваша теперішня адреса."},
    {"confirm_title_new", "Use this address?", "Использовать этот адрес?", "Використовувати цю адресу?"},
    {"confirm_lead_new", "From then on you sign in with it, and mail from us goes there.",
     "После этого вы будете входить с ним, и наши письма будут приходить на него.",
     "Після цього ви входитимете з нею, і наші листи надходитимуть на неї."},
    {"confirm_button_new", "Use this address", "Использовать этот адрес", "Використовувати цю адресу"},
    {"address_changed", "Your e-mail address is changed.", "Адрес почты изменён.", "Адресу пошти змінено."},
    {"address_taken", "This address belongs to another account. Nothing was changed.",
     "Этот адрес принадлежит другому аккаунту. Ничего не изменилось.",
     "Ця адреса належить іншому обліковому запису. Нічого не змінилося."},
    {"take_back_title", "Take your address back", "Вернуть прежний адрес", "Повернути попередню адресу"},
    {"take_back_lead", "Your account gets this address again, and a new password. All devices are signed out.",
     "Аккаунт получит этот адрес обратно, а вы зададите новый пароль. Сеансы на всех устройствах завершатся.",
     "Обліковий запис отримає цю адресу назад, а ви задасте новий пароль. Сеанси на всіх пристроях завершаться."},
    {"take_back_button", "Take it back", "Вернуть адрес", "Повернути адресу"},
    {"phone_title", "Phone number", "Номер телефона", "Номер телефону"},
    {"phone_lead",
     "We keep the number but don’t check it, so it can’t be used to sign in. Leave it empty to remove it.",
     "Мы храним номер, но не проверяем его, поэтому войти с ним нельзя. Чтобы удалить номер, оставьте поле пустым.",
     "Ми зберігаємо номер, але не перевіряємо його, тож увійти з ним не можна. Щоб видалити номер, залиште поле "
     "порожнім."},
    {"phone_label", "Phone number (not verified)", "Номер телефона (не подтверждён)",
     "Номер телефону (не підтверджено)"},
    {"phone_wrong", "This is not a phone number. Start with the country code: +380 50 123 45 67.",
     "Это не номер телефона. Начните с кода страны: +380 50 123 45 67.",
     "Це не номер телефону. Почніть із коду країни: +380 50 123 45 67."},
    {"phone_changed", "Your phone number is saved.", "Номер телефона сохранён.", "Номер телефону збережено."},

    // the address that is not verified
    {"verify_title", "Confirm your e-mail address", "Подтвердите адрес почты", "Підтвердьте адресу пошти"},
    {"verify_lead", "We’ll send a link to your address. Follow it to show that the address is yours.",
     "Мы пришлём ссылку на ваш адрес. Перейдите по ней, чтобы подтвердить, что адрес ваш.",
     "Ми надішлемо посилання на вашу адресу. Перейдіть за ним, щоб підтвердити, що адреса ваша."},
    {"verify_sent", "A link is on its way to your address. It works for 30 minutes.",
     "Мы отправили ссылку на ваш адрес. Она действует 30 минут.",
     "Ми надіслали посилання на вашу адресу. Воно діє 30 хвилин."},
    {"verify_done", "Your address is confirmed.", "Адрес подтверждён.", "Адресу підтверджено."},
    {"verify_no_address", "Your account has no e-mail address yet.", "У аккаунта ещё нет адреса почты.",
     "В облікового запису ще немає адреси пошти."},
    {"confirm_lead_verify", "One press of the button, and the address is confirmed.",
     "Нажмите на кнопку, и адрес будет подтверждён.", "Натисніть на кнопку, і адресу буде підтверджено."},
    {"confirm_button_verify", "Confirm the address", "Подтвердить адрес", "Підтвердити адресу"},

    // mails
    {"mail_days", "The link works for {} day.|The link works for {} days.",
     "Ссылка действует {} день.|Ссылка действует {} дня.|Ссылка действует {} дней.",
     "Посилання діє {} день.|Посилання діє {} дні.|Посилання діє {} днів."},
    {"mail_address_subject", "{site}: confirm your new address", "{site}: подтвердите новый адрес",
     "{site}: підтвердьте нову адресу"},
    {"mail_address_lead", "Somebody, most likely you, wants to use this address for an account at {site}.",
     "Кто-то, скорее всего вы, хочет использовать этот адрес для аккаунта {site}.",
     "Хтось, найімовірніше ви, хоче використовувати цю адресу для облікового запису {site}."},
    {"mail_address_hint", "If it was not you, do nothing: the address is not used.",
     "Если это были не вы, ничего не делайте: адрес использован не будет.",
     "Якщо це були не ви, нічого не робіть: адресу не буде використано."},
    {"mail_verify_subject", "{site}: confirm your address", "{site}: подтвердите адрес", "{site}: підтвердьте адресу"},
    {"mail_verify_lead", "Confirm that this address of your account at {site} is yours.",
     "Подтвердите, что этот адрес вашего аккаунта {site} действительно ваш.",
     "Підтвердьте, що ця адреса вашого облікового запису {site} справді ваша."},
    {"mail_verify_hint", "If you did not ask for this, do nothing.", "Если вы этого не запрашивали, ничего не делайте.",
     "Якщо ви цього не запитували, нічого не робіть."},
    {"mail_invite_subject", "{site}: you are invited", "{site}: приглашение", "{site}: запрошення"},
    {"mail_invite_lead", "You are invited to create an account at {site}.", "Вас пригласили создать аккаунт {site}.",
     "Вас запросили створити обліковий запис {site}."},
    {"mail_invite_hint", "If you don’t want an account, do nothing.", "Если аккаунт вам не нужен, ничего не делайте.",
     "Якщо обліковий запис вам не потрібен, нічого не робіть."},
    {"mail_moved_subject", "{site}: your e-mail address was changed", "{site}: адрес почты изменён",
     "{site}: адресу пошти змінено"},
    {"mail_moved_lead", "Your account at {site} has another e-mail address now. Its mail does not come here any more.",
     "У вашего аккаунта {site} теперь другой адрес почты. Письма сюда больше не приходят.",
     "У вашого облікового запису {site} тепер інша адреса пошти. Листи сюди більше не надходять."},
    {"mail_moved_button", "It wasn’t me: take it back", "Это был не я: вернуть адрес", "Це був не я: повернути адресу"},
    {"mail_moved_hint", "If it was you, there is nothing to do. Whoever takes the address back chooses a new password.",
     "Если это были вы, ничего делать не нужно. Тот, кто вернёт адрес, задаст новый пароль.",
     "Якщо це були ви, нічого робити не потрібно. Хто поверне адресу, задасть новий пароль."},
});

} // namespace

std::span<const Message> account_messages() noexcept {
    return account_table;
}

} // namespace gatehouse::pages
