// SPDX-License-Identifier: Apache-2.0
// The texts around the pages: head, foot, and what only some pages have.
#include "gateway/pages/messages.h"

#include <array>

namespace gatehouse::pages {
namespace {

constexpr auto shell_table = std::to_array<Message>({
    {"skip", "Skip to the content", "К содержанию", "До вмісту"},
    {"back_to", "Back to {site}", "Вернуться в {site}", "Повернутися до {site}"},
    {"help", "Help", "Помощь", "Довідка"},
    {"privacy", "Privacy", "Конфиденциальность", "Конфіденційність"},
    {"terms", "Terms", "Условия", "Умови"},

    {"show_password", "Show the password", "Показать пароль", "Показати пароль"},

    {"details", "Details", "Подробности", "Докладніше"},
    {"device_name", "Your name for this device", "Ваше название устройства", "Ваша назва пристрою"},
    {"save_name", "Save the name", "Сохранить название", "Зберегти назву"},
    {"device_named", "The name is saved.", "Название сохранено.", "Назву збережено."},
    {"device_kind", "Device", "Устройство", "Пристрій"},
    {"signed_in_at", "Signed in", "Вход", "Вхід"},
    {"active_at", "Last active", "Последняя активность", "Остання активність"},
});

} // namespace

std::span<const Message> shell_messages() noexcept {
    return shell_table;
}

} // namespace gatehouse::pages
