// SPDX-License-Identifier: Apache-2.0
#include "gateway/sessions/ended_lately.h"

namespace gatehouse {

void EndedLately::note(const SessionDigest& id, Moment now) {
    forget(now);
    // Keeps the first time, because the answers that were under way at the first end are what matters.
    if (!ids_.insert(id).second) return;
    order_.push_back({now, id});
    if (order_.size() > most) forget_oldest();
}

bool EndedLately::contains(const SessionDigest& id, Moment now) {
    forget(now);
    return ids_.contains(id);
}

void EndedLately::forget(Moment now) {
    while (!order_.empty() && now - order_.front().at >= span)
        forget_oldest();
}

void EndedLately::forget_oldest() {
    ids_.erase(order_.front().id);
    order_.pop_front();
}

} // namespace gatehouse
