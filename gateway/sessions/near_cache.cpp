// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/near_cache.h"

#include "storage/planted.h"

#include <algorithm>
#include <cstring>

namespace gatehouse {
namespace {

/// The stores are asked again after this long, even if the news are fresh.
constexpr Seconds longest{600};
/// An ended session stays ended. This short limit is for invented tokens, of which there is no end.
constexpr Seconds longest_refusal{5};

/// A list node, a slot of each index, and what malloc adds.
constexpr std::size_t entry_bytes = sizeof(NearCache::Entry) + 2 * sizeof(void*) + 16 + 120;
/// For the user's preferences, which live as long as the user does here.
constexpr std::size_t preferences_bytes = 350;

std::size_t heap_bytes(const std::string& text) {
    return text.capacity() < sizeof(std::string) / 2 ? 0 : text.capacity() + 16;
}

std::size_t bytes_of(const CachedUser& known) {
    const User& user = known.user;
    std::size_t bytes =
        sizeof(CachedUser) + preferences_bytes + 160; // the map's node, pointers, and the block that is prepared later
    for (const auto* text : {&known.context, &user.id, &user.email, &user.role, &user.legacy_id, &user.phone})
        bytes += 2 * heap_bytes(*text);
    for (const auto& permission : user.permissions)
        bytes += sizeof permission + 2 * permission.name.capacity();
    return bytes;
}

std::shared_ptr<const CachedUser> make_user(const std::string& context, User user) {
    auto known = std::make_shared<CachedUser>();
    known->context = context;
    known->user = std::move(user);
    return known;
}

} // namespace

std::size_t NearCache::MarkHash::operator()(const TokenMark& mark) const noexcept {
    std::size_t hash = 0;
    std::memcpy(&hash, mark.data(), sizeof hash);
    return hash;
}

NearCache::NearCache(NearCacheLimits limits) : limits_(limits) {
    index_.reserve(limits.entries); // now, because growing later would stop the loop
    marks_.reserve(limits.entries);
}

NearCache::Note NearCache::note(const SessionDigest& id) const noexcept {
    return {changes_[counter_of(id)], everything_};
}

bool NearCache::has_changed(const SessionDigest& id, Note since) const noexcept {
    return changes_[counter_of(id)] != since.session;
}

bool NearCache::still(Note before, const SessionDigest& id) noexcept {
    if (limits_.entries == 0) return false;
    if (planted(Bug::fill_without_counter)) return true;
    const auto now = note(id);
    if (now.session == before.session && now.everything == before.everything) return true;
    ++stats_.too_late;
    return false;
}

NearCache::Entry* NearCache::find(const SessionDigest& id, Instant now) {
    const auto found = index_.find(id);
    if (found != index_.end()) return use(found->second, now);
    ++stats_.misses;
    return nullptr;
}

/// A miss here is not counted: the session may still be found by its id.
NearCache::Entry* NearCache::find(const TokenMark& mark, Instant now) {
    const auto found = marks_.find(mark);
    return found == marks_.end() ? nullptr : use(found->second, now);
}

NearCache::Entry* NearCache::use(Order::iterator at, Instant now) {
    const bool outdated = at->who.user != nullptr && at->who.user->outdated;
    if (outdated || now >= at->good_until) {
        erase(at);
        ++stats_.misses;
        return nullptr;
    }
    order_.splice(order_.begin(), order_, at);
    ++stats_.hits;
    return &*at;
}

void NearCache::recognise(Entry& entry, const TokenMark& mark) {
    if (mark == TokenMark{}) return; // the mark of everything that is not a token
    const auto at = index_.find(entry.who.id)->second;
    if (entry.mark != TokenMark{}) marks_.erase(entry.mark);
    entry.mark = mark;
    marks_.insert_or_assign(mark, at);
}

void NearCache::forget_marks() {
    marks_.clear();
    for (auto& entry : order_)
        entry.mark = {};
}

CachedSession NearCache::fill(Note before, const Session& session, User user, Instant now, Instant until) {
    auto known = to_cached(session, nullptr);
    if (!known) return {};
    const std::string& context = session.key.context;
    known->user = still(before, known->id) ? share(context, user) : nullptr;
    if (known->user) {
        insert({*known, Reason::live, std::min<Instant>({known->life.expires_at, now + Millis{longest}, until})});
    } else {
        known->user = make_user(context, std::move(user));
    }
    return *std::move(known);
}

void NearCache::refuse(Note before, const SessionDigest& id, Reason why, Instant now) {
    if (!still(before, id)) return;
    Entry entry;
    entry.who.id = id;
    entry.why = why;
    entry.good_until = now + Millis{longest_refusal};
    insert(std::move(entry));
}

/// Sessions of one user share one CachedUser. A newer one replaces it and outdates it, so that the sessions that hold
/// the replaced one are asked for again. nullptr: `user` is older than the one that is here.
std::shared_ptr<const CachedUser> NearCache::share(const std::string& context, const User& user) {
    auto& copies = users_[user.id];
    const auto found = std::ranges::find(copies, context, [](const auto& copy) { return copy->context; });
    if (found != copies.end()) {
        if ((*found)->user == user) return *found;
        if ((*found)->user.generation > user.generation) return nullptr;
        (*found)->outdated = true;
        bytes_ -= bytes_of(**found);
        copies.erase(found);
    }
    copies.push_back(make_user(context, user));
    bytes_ += bytes_of(*copies.back());
    return copies.back();
}

void NearCache::insert(Entry entry) {
    // Before erase(), because the replaced entry may be the last one that holds this user.
    if (entry.who.user) ++entry.who.user->held;
    if (const auto old = index_.find(entry.who.id); old != index_.end()) erase(old->second);
    order_.push_front(std::move(entry));
    index_.emplace(order_.front().who.id, order_.begin());
    bytes_ += entry_bytes;
    make_room();
}

void NearCache::make_room() {
    while (order_.size() > limits_.entries || (bytes_ > limits_.bytes && order_.size() > 1)) {
        erase(std::prev(order_.end()));
        ++stats_.evictions;
    }
}

void NearCache::erase(Order::iterator at) {
    const auto user = std::move(at->who.user);
    index_.erase(at->who.id);
    if (at->mark != TokenMark{}) marks_.erase(at->mark);
    order_.erase(at);
    bytes_ -= entry_bytes;
    if (user) release(user);
}

void NearCache::release(const std::shared_ptr<const CachedUser>& user) {
    if (--user->held > 0 || user->outdated) return;
    const auto copies = users_.find(user->user.id);
    bytes_ -= bytes_of(*user);
    std::erase(copies->second, user);
    if (copies->second.empty()) users_.erase(copies);
}

void NearCache::drop(const SessionDigest& id) {
    ++changes_[counter_of(id)];
    const auto found = index_.find(id);
    if (found == index_.end()) return;
    erase(found->second);
    ++stats_.dropped;
}

void NearCache::drop_user(std::string_view user_id, std::string_view context) {
    // A look-up that is under way may return the user as it was before: no such answer is remembered.
    ++everything_;
    const auto found = users_.find(std::string(user_id));
    if (found == users_.end()) return;
    std::erase_if(found->second, [&](const auto& copy) {
        if (!context.empty() && copy->context != context) return false;
        copy->outdated = true;
        bytes_ -= bytes_of(*copy);
        ++stats_.dropped;
        return true;
    });
    if (found->second.empty()) users_.erase(found);
}

void NearCache::clear() {
    ++everything_;
    stats_.dropped += index_.size();
    index_.clear();
    marks_.clear();
    order_.clear();
    users_.clear();
    bytes_ = 0;
}

} // namespace gatehouse
