// SPDX-License-Identifier: Apache-2.0
#include "gateway/files.h"

namespace gatehouse {
namespace {

SettingsPtr make_settings(const std::shared_ptr<const Config>& config) {
    return std::make_shared<const Settings>(config, KeyRing::load(config->key_file, config->generate_keys));
}

config::Loaded load(const std::string& config_path, const std::string& passed_socket) {
    auto loaded = config::load_for_process(config_path);
    if (!loaded.config || passed_socket.empty()) return loaded;
    auto config = std::make_shared<Config>(*loaded.config);
    config->listen = passed_socket;
    loaded.config = std::move(config);
    return loaded;
}

} // namespace

Files read_files(const std::string& config_path, const std::string& passed_socket) {
    Files files{load(config_path, passed_socket), nullptr, {}, nullptr, {}};
    if (!files.loaded.config) return files;
    auto look = pages::load_look(files.loaded.config->brand);
    files.look = std::move(look.look);
    files.look_problems = std::move(look.problems);
    try {
        files.settings = make_settings(files.loaded.config);
    } catch (const std::exception& error) {
        files.key_ring_trouble = error.what();
    }
    return files;
}

} // namespace gatehouse
