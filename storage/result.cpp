// SPDX-License-Identifier: Apache-2.0
#include "storage/result.h"

#include <string>

namespace gatehouse {
namespace {

class StoreCategory final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "store"; }

    std::string message(int value) const override {
        switch (static_cast<StoreError>(value)) {
        case StoreError::unavailable: return "store unavailable";
        case StoreError::timed_out: return "no answer from the store in time";
        case StoreError::overloaded: return "too many operations waiting for the store";
        case StoreError::conflict: return "name already taken";
        case StoreError::corrupt: return "unreadable answer from the store";
        case StoreError::refused: return "refused by the store";
        }
        return "unknown store error";
    }
};

} // namespace

const boost::system::error_category& store_category() noexcept {
    static const StoreCategory category;
    return category;
}

} // namespace gatehouse
