// SPDX-License-Identifier: Apache-2.0
#include "storage/redis/invalidation_state.h"

#include "storage/keys.h"
#include "storage/redis/handshake.h"

#include <algorithm>
#include <utility>

namespace gatehouse {
namespace {

using Type = RedisReply::Type;
using Event = InvalidationStep::Event;

const std::string channel = "__redis__:invalidate";
const char* const nonsense = "an answer that makes no sense";

std::vector<std::vector<std::string>> greeting(const RedisAddress& address) {
    auto commands = handshake_commands(address);
    commands.push_back({"CLIENT", "ID"});
    return commands;
}

std::vector<std::string> heartbeat() {
    return {"SUBSCRIBE", channel};
}

/// Whether the reply came through the channel and is of this kind.
bool is_push(const RedisReply& reply, std::string_view kind) {
    return reply.is(Type::array) && reply.elements.size() == 3 && reply.elements[0].is(Type::string) &&
           reply.elements[0].text == kind && reply.elements[1].is(Type::string) && reply.elements[1].text == channel;
}

bool is_subscribed(const RedisReply& reply) {
    return is_push(reply, "subscribe") && reply.elements[2].is(Type::integer) && reply.elements[2].integer == 1;
}

} // namespace

InvalidationState::InvalidationState(RedisAddress address, InvalidationTiming timing)
    : address_(std::move(address)), timing_(timing) {}

void InvalidationState::begin(Moment now) {
    phase_ = Phase::connecting;
    due_ = now + timing_.connect_timeout;
    replies_.clear();
    run_id_.clear();
}

InvalidationStep InvalidationState::connected() {
    if (phase_ != Phase::connecting) return broken(nonsense);
    phase_ = Phase::greeting;
    InvalidationStep step;
    step.commands = greeting(address_);
    expected_ = step.commands.size();
    return step;
}

InvalidationStep InvalidationState::received(Moment now, RedisReply reply) {
    // While armed as well: a refused heartbeat proves nothing, and the next connection learns the reason.
    if (reply.is(Type::error)) return broken(without_arguments(reply.text));
    switch (phase_) {
    case Phase::greeting: return greeted(now, std::move(reply));
    case Phase::arming: return arming(std::move(reply));
    case Phase::armed: return told(std::move(reply));
    default: return broken("an answer that nobody asked for");
    }
}

InvalidationStep InvalidationState::greeted(Moment now, RedisReply reply) {
    replies_.push_back(std::move(reply));
    if (replies_.size() < expected_) return {};
    const RedisReply id = std::move(replies_.back());
    replies_.pop_back();
    auto identity = judge_handshake(replies_);
    if (identity.run_id.empty()) return broken(std::move(identity.trouble));
    if (!id.is(Type::integer) || id.integer <= 0) return broken("CLIENT ID names no client");
    run_id_ = std::move(identity.run_id);
    replies_.clear();
    phase_ = Phase::arming;
    sent_ = now;
    InvalidationStep step;
    step.commands = {{"CLIENT", "TRACKING", "on", "REDIRECT", std::to_string(id.integer), "BCAST", "PREFIX",
                      std::string(keys::identity_prefix)},
                     heartbeat()};
    return step;
}

InvalidationStep InvalidationState::arming(RedisReply reply) {
    if (replies_.empty()) {
        if (!reply.is(Type::status) || reply.text != "OK") return broken(nonsense);
        replies_.push_back(std::move(reply));
        return {};
    }
    if (!is_subscribed(reply)) return broken(nonsense);
    phase_ = Phase::armed;
    answered_ = true;
    proof_ = sent_;
    trouble_.clear();
    ++stats_.arms;
    return {{}, Event::armed, {}, false};
}

InvalidationStep InvalidationState::told(RedisReply reply) {
    if (is_push(reply, "message")) return changed(std::move(reply.elements[2]));
    if (!is_subscribed(reply) || answered_) return broken(nonsense);
    answered_ = true;
    proof_ = sent_;
    ++stats_.heartbeats;
    return {};
}

/// FLUSHALL sends nil. An empty list stands for one that was too long. A list of anything but keys is not understood,
/// and so may mean all keys.
InvalidationStep InvalidationState::changed(RedisReply keys) {
    const auto is_key = [](const RedisReply& key) { return key.is(Type::string); };
    if (!keys.is(Type::array) || keys.elements.empty() ||
        !std::all_of(keys.elements.begin(), keys.elements.end(), is_key)) {
        ++stats_.clears;
        return {{}, Event::all_changed, {}, false};
    }
    InvalidationStep step;
    for (RedisReply& key : keys.elements)
        if (key.text.starts_with(keys::identity_prefix)) step.keys.push_back(std::move(key.text));
    if (!step.keys.empty()) step.event = Event::changed;
    stats_.keys += step.keys.size();
    return step;
}

InvalidationStep InvalidationState::look(Moment now) {
    const auto next = next_look();
    if (!next || now < *next) return {};
    if (!armed()) return broken("no answer in time");
    if (!answered_) return broken("a heartbeat was not answered in time");
    sent_ = now;
    answered_ = false;
    InvalidationStep step;
    step.commands = {heartbeat()};
    return step;
}

InvalidationStep InvalidationState::broken(std::string why) {
    InvalidationStep step;
    step.over = true;
    if (idle()) return step;
    if (armed()) step.event = Event::lost;
    ++(armed() ? stats_.losses : stats_.failures);
    phase_ = Phase::idle;
    trouble_ = std::move(why);
    return step;
}

std::optional<Moment> InvalidationState::next_look() const noexcept {
    if (idle()) return std::nullopt;
    if (!armed()) return due_;
    return sent_ + (answered_ ? timing_.heartbeat : timing_.patience);
}

} // namespace gatehouse
