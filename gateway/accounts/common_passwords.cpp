// SPDX-License-Identifier: Apache-2.0
#include "gateway/accounts/common_passwords.h"

#include <algorithm>
#include <array>
#include <sodium.h>
#include <string>
#include <vector>

namespace gatehouse {
namespace {

constexpr std::size_t budget = 4;
constexpr std::size_t longest_repeated_unit = 4;
constexpr std::size_t fewest_different = 4; ///< characters; a password with fewer is common
constexpr std::size_t shortest_run = 3;
constexpr std::size_t longest_number = 8; ///< a date
constexpr std::size_t number_cost = 3;

// clang-format off
constexpr auto words = std::to_array<std::u32string_view>({
    U"password", U"passwort", U"passwd", U"passphrase", U"parola", U"parol", U"contrasena", U"motdepasse",
    U"senha", U"wachtwoord", U"haslo", U"kennwort", U"secret", U"topsecret", U"private", U"access", U"login",
    U"logon", U"logmein", U"letmein", U"openup", U"opensesame", U"enter", U"welcome", U"hello", U"hallo",
    U"bonjour", U"admin", U"administrator", U"root", U"superuser", U"sysadmin", U"system", U"manager",
    U"master", U"user", U"guest", U"test", U"testing", U"tester", U"demo", U"example", U"sample", U"default",
    U"temp", U"temporary", U"changeme", U"changeit", U"change", U"newpassword", U"oldpassword", U"server",
    U"computer", U"internet", U"network", U"database", U"oracle", U"qwerty", U"qwertz", U"azerty", U"asdf",
    U"zxcv", U"keyboard", U"iloveyou", U"loveyou", U"ilove", U"youandme", U"love", U"lover", U"lovely",
    U"forever", U"always", U"together", U"sunshine", U"princess", U"princesa", U"angel", U"angels", U"baby",
    U"babygirl", U"babyboy", U"babe", U"honey", U"sweet", U"sweety", U"sweetie", U"sweetheart", U"darling",
    U"beautiful", U"dragon", U"monkey", U"tiger", U"lion", U"eagle", U"falcon", U"dolphin", U"panther", U"bear",
    U"wolf", U"puppy", U"kitty", U"kitten", U"rabbit", U"butterfly", U"chicken", U"cowboy", U"shadow",
    U"batman", U"superman", U"spiderman", U"ironman", U"starwars", U"startrek", U"pokemon", U"pikachu",
    U"naruto", U"minecraft", U"fortnite", U"matrix", U"terminator", U"football", U"baseball", U"basketball",
    U"softball", U"soccer", U"hockey", U"tennis", U"golf", U"golfer", U"sports", U"liverpool", U"chelsea",
    U"arsenal", U"barcelona", U"realmadrid", U"yankees", U"lakers", U"cowboys", U"eagles", U"steelers",
    U"packers", U"redsox", U"raiders", U"rangers", U"michael", U"jennifer", U"jessica", U"ashley", U"daniel",
    U"jordan", U"thomas", U"robert", U"andrew", U"joshua", U"matthew", U"charlie", U"george", U"michelle",
    U"nicole", U"amanda", U"anthony", U"william", U"richard", U"joseph", U"martin", U"maggie", U"hannah",
    U"samantha", U"elizabeth", U"stephanie", U"melissa", U"alexander", U"alexandra", U"victoria",
    U"christopher", U"christian", U"benjamin", U"nicholas", U"patrick", U"jonathan", U"brandon", U"justin",
    U"hunter", U"tyler", U"austin", U"taylor", U"rachel", U"rebecca", U"lauren", U"david", U"james", U"john",
    U"peter", U"paul", U"marie", U"anna", U"maria", U"laura", U"sarah", U"simon", U"oliver", U"oscar", U"max",
    U"jack", U"harry", U"lucas", U"sergey", U"andrey", U"natasha", U"nastya", U"marina", U"svetlana",
    U"tatiana", U"vladimir", U"dmitry", U"maksim", U"sasha", U"ivan", U"monday", U"tuesday", U"wednesday",
    U"thursday", U"friday", U"saturday", U"sunday", U"january", U"february", U"march", U"april", U"june",
    U"july", U"august", U"september", U"october", U"november", U"december", U"spring", U"summer", U"autumn",
    U"winter", U"holiday", U"christmas", U"birthday", U"london", U"paris", U"berlin", U"moscow", U"america",
    U"american", U"canada", U"england", U"germany", U"russia", U"ukraine", U"france", U"spain", U"texas",
    U"california", U"newyork", U"company", U"office", U"business", U"work", U"school", U"student", U"teacher",
    U"college", U"university", U"family", U"friend", U"friends", U"mother", U"father", U"brother", U"sister",
    U"mommy", U"daddy", U"mama", U"papa", U"happy", U"lucky", U"smile", U"flower", U"rose", U"cherry",
    U"banana", U"orange", U"apple", U"chocolate", U"cookie", U"coffee", U"pepper", U"ginger", U"cheese",
    U"money", U"rich", U"dollar", U"million", U"diamond", U"silver", U"golden", U"gold", U"crystal", U"freedom",
    U"whatever", U"nothing", U"something", U"anything", U"trustno", U"trustnoone", U"fuckyou", U"fuckme",
    U"fuckoff", U"asshole", U"bitch", U"sexy", U"biteme", U"jesus", U"jesuschrist", U"jesuslove", U"heaven",
    U"church", U"god", U"blessed", U"faith", U"purple", U"yellow", U"green", U"black", U"white", U"blue",
    U"music", U"guitar", U"piano", U"rock", U"metallica", U"nirvana", U"eminem", U"slipknot", U"blink",
    U"mustang", U"corvette", U"ferrari", U"porsche", U"mercedes", U"yamaha", U"harley", U"toyota", U"honda",
    U"camaro", U"google", U"facebook", U"twitter", U"instagram", U"youtube", U"microsoft", U"windows",
    U"samsung", U"iphone", U"android", U"linkedin", U"yahoo", U"gmail", U"hotmail", U"gatehouse", U"gateway",
    U"session", U"account", U"security", U"secure", U"safety", U"strong", U"simple", U"unknown", U"cheater",
    U"killer", U"hacker", U"ninja", U"samurai", U"warrior", U"correcthorsebatterystaple", U"thequickbrownfox",
    U"quickbrownfox", U"lazydog", U"loremipsum", U"onceuponatime", U"tobeornottobe", U"maytheforcebewithyou",
    U"abc123", U"a1b2c3", U"пароль", U"привет", U"любовь", U"люблю", U"наташа", U"марина", U"андрей", U"сергей",
    U"александр", U"максим", U"россия", U"москва", U"солнышко", U"админ",
});

constexpr auto fillers = std::to_array<std::u32string_view>({
    U"my", U"the", U"is", U"it", U"a", U"i", U"me", U"to", U"for", U"and", U"of", U"no", U"not", U"you", U"your", U"in", U"on", U"we",
    U"мой", U"моя", U"я", U"и",
});

/// Neighbours on a keyboard or in an alphabet. A run may go in both directions.
constexpr auto rows = std::to_array<std::u32string_view>({
    U"01234567890123456789", U"abcdefghijklmnopqrstuvwxyzabc", U"qwertyuiop[]", U"qwertzuiop", U"azertyuiop", U"asdfghjkl;'",
    U"qsdfghjklm", U"zxcvbnm,./", U"yxcvbnm", U"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p", U"qazwsxedcrfvtgbyhnujmikolp",
    U"1q2w3e4r5t6y7u8i9o0p", U"q1w2e3r4t5y6u7i8o9p0", U"!@#$%^&*()_+", U"!\"№;%:?*()_+", U"a1b2c3d4e5f6", U"1a2b3c4d5e6f",
    U"абвгдежзийклмнопрстуфхцчшщъыьэюя", U"йцукенгшщзхъ", U"фывапролджэ", U"ячсмитьбю",
});
// clang-format on

char32_t lower(char32_t c) {
    if ((c >= U'A' && c <= U'Z') || (c >= U'А' && c <= U'Я')) return c + 32;
    return c == U'Ё' ? U'ё' : c;
}

bool is_digit(char32_t c) {
    return c >= U'0' && c <= U'9';
}

bool is_separator(char32_t c) {
    return c < 0x80 && !is_digit(c) && (c < U'a' || c > U'z');
}

/// Whether `c` stands for the letter, as in p@ssw0rd.
bool stands_for(char32_t c, char32_t letter) {
    if (c == letter) return true;
    switch (letter) {
    case U'a': return c == U'@' || c == U'4';
    case U'b': return c == U'8';
    case U'e': return c == U'3';
    case U'g': return c == U'9';
    case U'i': return c == U'1' || c == U'!' || c == U'|';
    case U'l': return c == U'1' || c == U'|';
    case U'o': return c == U'0';
    case U's': return c == U'$' || c == U'5';
    case U't': return c == U'7' || c == U'+';
    default: return false;
    }
}

bool begins_with(std::u32string_view text, std::u32string_view word) {
    return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(),
                                                    [](char32_t letter, char32_t c) { return stands_for(c, letter); });
}

/// The shortest beginning whose repetition is the whole text (the last repetition may be cut short).
std::u32string_view repeated_unit(std::u32string_view text) {
    for (std::size_t unit = 1; unit * 2 <= text.size(); ++unit) {
        if (text.substr(unit) == text.substr(0, text.size() - unit)) return text.substr(0, unit);
    }
    return text;
}

std::size_t different_characters(std::u32string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        count += text.substr(0, i).find(text[i]) == text.npos;
    return count;
}

template <class Iterator> std::size_t common_prefix(std::u32string_view text, Iterator row, Iterator end) {
    return static_cast<std::size_t>(std::mismatch(text.begin(), text.end(), row, end).first - text.begin());
}

/// The length of the run at the beginning: one character repeated, or neighbours in a row, in either direction.
std::size_t run_length(std::u32string_view text) {
    std::size_t longest = std::min(text.find_first_not_of(text.front()), text.size());
    for (const auto row : rows) {
        for (auto at = row.find(text.front()); at != row.npos; at = row.find(text.front(), at + 1)) {
            const auto here = static_cast<std::ptrdiff_t>(at);
            longest = std::max(longest, common_prefix(text, row.begin() + here, row.end()));
            longest = std::max(longest, common_prefix(text, row.rend() - here - 1, row.rend()));
        }
    }
    return longest;
}

bool is_year(std::u32string_view text) {
    return text.size() >= 4 && (text.starts_with(U"19") || text.starts_with(U"20")) && is_digit(text[2]) &&
           is_digit(text[3]);
}

/// Finds the cheapest way to cut the first n characters into pieces, for every n.
class Cutter {
  public:
    explicit Cutter(std::u32string_view text) : text_(text), cost_(text.size() + 1, out_of_reach) {
        cost_[0] = 0;
        for (at_ = 0; at_ < text_.size(); ++at_) {
            if (cost_[at_] <= budget) cut_here();
        }
    }

    [[nodiscard]] bool fits() const { return cost_.back() <= budget; }

  private:
    static constexpr std::size_t out_of_reach = 1000;

    void piece(std::size_t length, std::size_t cost) {
        auto& there = cost_[at_ + length];
        there = std::min(there, cost_[at_] + cost);
    }

    void cut_here() {
        const auto rest = text_.substr(at_);
        if (is_separator(rest.front())) piece(1, 0);
        for (const auto word : fillers) {
            if (begins_with(rest, word)) piece(word.size(), 0);
        }
        for (const auto word : words) {
            for (auto length = word.size(); begins_with(rest.substr(length - word.size()), word);
                 length += word.size()) {
                piece(length, 1);
            }
        }
        if (is_year(rest)) piece(4, 1);
        for (auto length = run_length(rest); length >= shortest_run; --length)
            piece(length, 1);
        for (std::size_t length = 1; length <= std::min(longest_number, rest.size()) && is_digit(rest[length - 1]);
             ++length) {
            piece(length, number_cost);
        }
    }

    std::u32string_view text_;
    std::vector<std::size_t> cost_;
    std::size_t at_ = 0;
};

} // namespace

bool is_common_password(std::u32string_view password) {
    std::u32string folded(password);
    std::ranges::transform(folded, folded.begin(), lower);
    const auto unit = repeated_unit(folded);
    const bool common =
        unit.size() <= longest_repeated_unit || different_characters(folded) < fewest_different || Cutter(unit).fits();
    sodium_memzero(folded.data(), folded.size() * sizeof(char32_t));
    return common;
}

std::span<const std::u32string_view> common_password_words() noexcept {
    return words;
}

} // namespace gatehouse
