// SPDX-License-Identifier: Apache-2.0
// A User-Agent in words that its owner recognises. The browser may send anything, so the result decides nothing. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>

namespace gatehouse::pages {

/// An empty member was not recognised.
struct Device {
    std::string_view browser; ///< "Firefox"; of an application that is no browser its own name, "AcmeOrders"
    std::string_view system;  ///< "Linux"
};

[[nodiscard]] Device recognise_device(std::string_view user_agent) noexcept;

/// "Firefox on Linux", "Firefox", "Linux", "AcmeOrders on iPhone", or empty.
[[nodiscard]] std::string device_name(std::string_view user_agent);

/// The reverse of device_name, for browsers that it knows. Any other text gives an empty Device.
[[nodiscard]] Device device_called(std::string_view name);

} // namespace gatehouse::pages
