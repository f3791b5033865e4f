// SPDX-License-Identifier: Apache-2.0
#include "gateway/pages/look.h"

#include "gateway/config/colour.h"
#include "gateway/config/read_file.h"
#include "gateway/pages/overrides.h"
#include "gateway/pages/style.h"
#include "gateway/pages/view.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <fmt/format.h>
#include <optional>

namespace gatehouse::pages {
namespace {

constexpr std::size_t largest_picture = std::size_t{256} << 10U;
constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";
constexpr std::string_view mail_blue = "#1f5fd1";

/// FNV-1a. The hash tells versions apart; nobody gains from making another file with the same hash.
std::string hash_of(std::string_view content) {
    std::uint64_t hash = 0xcbf29ce484222325;
    for (const char c : content)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return fmt::format("{:x}", hash);
}

ServedFile served(std::string_view kind, std::string_view ending, std::string_view type, std::string content) {
    auto name = fmt::format("{}-{}.{}", kind, hash_of(content), ending);
    return {std::string(kind), std::move(name), std::string(type), std::move(content)};
}

class Loading {
  public:
    explicit Loading(const BrandConfig& brand) : brand_(brand) {}

    LoadedLook run() {
        look_->named = !brand_.name.empty();
        look_->name = look_->named ? brand_.name : "Gatehouse";
        look_->help_url = brand_.help_url;
        look_->privacy_url = brand_.privacy_url;
        look_->terms_url = brand_.terms_url;
        look_->mail_accent = brand_.accent.empty() ? mail_blue : std::string_view(brand_.accent);
        add_style();
        look_->files.push_back(served("script", "js", "text/javascript; charset=utf-8", std::string(script())));
        add_picture("logo", "brand_logo", brand_.logo);
        add_picture("logo-dark", "brand_logo_dark", brand_.logo_dark);
        if (brand_.icon.empty())
            look_->files.push_back(served("icon", "svg", "image/svg+xml", std::string(shipped_icon())));
        else
            add_picture("icon", "brand_icon", brand_.icon);
        read_overrides(brand_.directory, *look_, problems_);
        if (!problems_.empty()) return {nullptr, std::move(problems_)};
        look_->engine = make_engine(*look_);
        return {std::move(look_), {}};
    }

  private:
    void add_style() {
        const auto day = config::parse_colour(brand_.accent);
        auto night = config::parse_colour(brand_.accent_dark);
        if (day && !night) night = config::legible_by_night(*day);
        look_->files.push_back(served("style", "css", "text/css; charset=utf-8", style_sheet_with(day, night)));
    }

    void add_picture(std::string_view kind, std::string_view option, const std::string& path) {
        if (path.empty()) return;
        auto file = config::read_file(path);
        const auto fail = [&](std::string_view what) {
            problems_.push_back(fmt::format("{} ({}) {}", path, option, what));
        };
        if (!file.problem.empty()) return fail(file.problem);
        if (file.text.size() > largest_picture) return fail("is larger than 256 KiB: choose a smaller picture");
        if (file.text.starts_with(png_signature))
            look_->files.push_back(served(kind, "png", "image/png", std::move(file.text)));
        else if (file.text.find("<svg") != file.text.npos && file.text.find('\0') == file.text.npos)
            look_->files.push_back(served(kind, "svg", "image/svg+xml", std::move(file.text)));
        else
            fail("is neither SVG nor PNG: convert the picture to one of them");
    }

    const BrandConfig& brand_;
    std::shared_ptr<Look> look_ = std::make_shared<Look>();
    std::vector<std::string> problems_;
};

std::shared_ptr<const Look>& worn() {
    static auto current = load_look({}).look; // reads no file
    return current;
}

} // namespace

const ServedFile* Look::file(std::string_view kind) const noexcept {
    const auto found = std::ranges::find(files, kind, &ServedFile::kind);
    return found == files.end() ? nullptr : &*found;
}

LoadedLook load_look(const BrandConfig& brand) {
    return Loading(brand).run();
}

void wear(std::shared_ptr<const Look> look) {
    worn() = std::move(look);
}

const Look& look() {
    return *worn();
}

std::string_view style_sheet() {
    return look().file("style")->body;
}

std::string_view style_name() {
    return look().file("style")->name;
}

} // namespace gatehouse::pages
