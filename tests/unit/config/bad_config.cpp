// SPDX-License-Identifier: Apache-2.0
// Goal: no mistake in a configuration file passes, and each is named with its line and what to do; none repeats a
// secret.
#include "tests/unit/config/sources.h"

#include <boost/test/unit_test.hpp>

using namespace gatehouse::config;
using namespace gatehouse::config::testing;

namespace {

struct Bad {
    std::string_view toml;
    std::string_view message; ///< how the first one begins
};

using namespace std::string_view_literals;

constexpr Bad table[] = {
    // Not TOML at all.
    {"listen", "gatehouse.toml:1: "},
    {"listen = ", "gatehouse.toml:1: "},
    {"ключ = 1\n", "gatehouse.toml:1: "},
    {"\n\nlisten = \"/a", "gatehouse.toml:3: "},
    {"listen = /run/x.sock\n",
     "gatehouse.toml:1: Error while parsing value: could not determine value type (text needs"},
    {"[context.web\n", "gatehouse.toml:1: "},
    {"log_level = \"info\"\nlog_level = \"info\"\n", "gatehouse.toml:2: "},
    {"[context.web]\nidle = \"1h\"\n[context.web]\n", "gatehouse.toml:3: "},
    {"log_level = \"in\xff\xfe\"\n", "gatehouse.toml:1: "},
    {"log_level = \"a\0b\"\n"sv, "gatehouse.toml:1: "},
    {"\xff\xfel\0o\0g\0"sv, "gatehouse.toml:1: "},
    // In a build with assertions toml++ ended the process at some of these.
    {"log_level = \"info\"\nlog\0level = 1\n"sv, "gatehouse.toml:2: "},
    {"\n[\0]\n"sv, "gatehouse.toml:2: "},
    {"[[\0]]\n"sv, "gatehouse.toml:1: "},
    {"[context.\0]\n"sv, "gatehouse.toml:1: "},
    {"[$]\n", "gatehouse.toml:1: "},
    {"[=\n", "gatehouse.toml:1: "},
    {"\"a\0b\" = 1\n"sv, "gatehouse.toml:1: "},
    {"\"a\\u0000b\" = 1\n", "gatehouse.toml:1: unknown key a?b"},
    {"\0"sv, "gatehouse.toml:1: "},
    {"database_queue = 99999999999999999999\n", "gatehouse.toml:1: "},
    {"database_queue = 012\n", "gatehouse.toml:1: "},
    // Keys.
    {"# comment\nlog_levle = \"info\"\n", "gatehouse.toml:2: unknown key log_levle: did you mean log_level?"},
    {"databse_timeout = \"1s\"\n", "gatehouse.toml:1: unknown key databse_timeout: did you mean database_timeout?"},
    {"qqqqqqqqqqqq = 1\n", "gatehouse.toml:1: unknown key qqqqqqqqqqqq (`gatehouse config example` prints them all)"},
    {"Log_Level = \"info\"\n", "gatehouse.toml:1: unknown key Log_Level: did you mean log_level?"},
    {"log.level = \"info\"\n", "gatehouse.toml:1: unknown key log"},
    {"[server]\nlisten = \"/x\"\n", "gatehouse.toml:1: unknown key server"},
    {"[context.web]\nidel = \"1h\"\n", "gatehouse.toml:2: unknown key idel: did you mean idle?"},
    {"[context.web]\nlog_level = \"info\"\n", "gatehouse.toml:2: unknown key log_level"},
    {"[context]\nidle = \"1h\"\n", "gatehouse.toml:2: context.idle has no meaning here"},
    {"context = 3\n", "gatehouse.toml:1: context has no meaning here"},
    {"[[context]]\nidle = \"1h\"\n", "gatehouse.toml:1: context has no meaning here"},
    {"[context.Web]\nidle = \"1h\"\n", "gatehouse.toml:1: [context.Web] must be a context name"},
    {"[context.9a]\n", "gatehouse.toml:1: [context.9a] must be a context name"},
    {"[context.\"a.b\"]\n", "gatehouse.toml:1: [context.a.b] must be a context name"},
    {"[context.\"\"]\n", "gatehouse.toml:1: [context.] must be a context name"},
    {"[context.web.more]\n", "gatehouse.toml:1: unknown key more"},
    // Types.
    {"log_level = 3\n",
     "gatehouse.toml:1: log_level must be one of the words debug, info, warning, error, not an integer"},
    {"database_queue = \"256\"\n", "gatehouse.toml:1: database_queue must be an integer, not a string"},
    {"database_queue = 2.5\n", "gatehouse.toml:1: database_queue must be an integer, not a number with a fraction"},
    {"database_queue = true\n", "gatehouse.toml:1: database_queue must be an integer, not a boolean"},
    {"secure_cookies = \"yes\"\n", "gatehouse.toml:1: secure_cookies must be true or false, not a string"},
    {"secure_cookies = 1\n", "gatehouse.toml:1: secure_cookies must be true or false, not an integer"},
    {"listen = [\"/a\"]\n", "gatehouse.toml:1: listen must be a string, not a list"},
    {"origins = \"https://a.test\"\n", "gatehouse.toml:1: origins must be a list of strings, not a string"},
    {"origins = [1]\n", "gatehouse.toml:1: origins must be a list of strings, not a list with something else"},
    {"listen = 1979-05-27\n", "gatehouse.toml:1: listen must be a string, not a date or time"},
    {"[listen]\n", "gatehouse.toml:1: listen must be a string, not a table"},
    {"redis_timeout = 50\n", "gatehouse.toml:1: redis_timeout must be a duration with its unit"},
    {"redis_timeout = \"50\"\n", "gatehouse.toml:1: redis_timeout must be a duration with its unit"},
    {"redis_timeout = \"fast\"\n", "gatehouse.toml:1: redis_timeout must be a duration with its unit"},
    {"redis_timeout = \"1.5s\"\n", "gatehouse.toml:1: redis_timeout must be a duration with its unit"},
    {"redis_timeout = \"5 s\"\n", "gatehouse.toml:1: redis_timeout must be a duration with its unit"},
    // Ranges.
    {"redis_timeout = \"-1s\"\n", "gatehouse.toml:1: redis_timeout must be a duration with its unit"},
    {"redis_timeout = \"0s\"\n", "gatehouse.toml:1: redis_timeout must be between 1ms and 10s"},
    {"redis_timeout = \"1000000000000s\"\n", "gatehouse.toml:1: redis_timeout must be a duration"},
    {"redis_timeout = \"9223372036854775807d\"\n", "gatehouse.toml:1: redis_timeout must be a duration"},
    {"redis_timeout = \"11s\"\n", "gatehouse.toml:1: redis_timeout must be between"},
    {"touch_interval = \"1500ms\"\n", "gatehouse.toml:1: touch_interval must be a whole number of seconds"},
    {"database_connections = 0\n", "gatehouse.toml:1: database_connections must be between 1 and 200"},
    {"database_connections = -1\n", "gatehouse.toml:1: database_connections must be between 1 and 200"},
    {"database_connections = 1000000000000\n", "gatehouse.toml:1: database_connections must be between 1 and 200"},
    {"password_min_length = 7\n", "gatehouse.toml:1: password_min_length must be between 8 and 128"},
    {"argon2_memory_kib = 64\n", "gatehouse.toml:1: argon2_memory_kib must be between"},
    {"equal_bcrypt_cost = 15\n", "gatehouse.toml:1: equal_bcrypt_cost must be between 0 and 14"},
    {"equal_bcrypt_cost = 3\n", "gatehouse.toml:1: equal_bcrypt_cost must be 0 or between 4 and 14"},
    {"login_window = \"0s\"\n", "gatehouse.toml:1: login_window must be between 1s and 1d"},
    {"[context.web]\nidle = \"0s\"\n", "gatehouse.toml:2: context.web.idle must be between"},
    {"[context.web]\nabsolute = \"3650d\"\n", "gatehouse.toml:2: context.web.absolute must be between"},
    // Texts.
    {"environment = \"staging\"\n", "gatehouse.toml:1: environment must be one of: mock, development, production"},
    {"strategy = \"slow\"\n", "gatehouse.toml:1: strategy must be one of: mock-only, mock-with-write-through"},
    {"log_level = \"INFO\"\n", "gatehouse.toml:1: log_level must be one of"},
    {"log_level = \"\"\n", "gatehouse.toml:1: log_level must be one of"},
    {"listen = \"gatehouse.sock\"\n", "gatehouse.toml:1: listen must be an absolute path"},
    {"listen = \"\"\n", "gatehouse.toml:1: listen must not be empty"},
    {"prefix = \"auth\"\n", "gatehouse.toml:1: prefix must look like /auth"},
    {"prefix = \"/\"\n", "gatehouse.toml:1: prefix must look like /auth"},
    {"prefix = \"/auth/\"\n", "gatehouse.toml:1: prefix must look like /auth"},
    {"prefix = \"/a//b\"\n", "gatehouse.toml:1: prefix must look like /auth"},
    {"prefix = \"/a\\r\\nX-Y: z\"\n", "gatehouse.toml:1: prefix must look like /auth"},
    {"listen_group = \"a:b\"\n", "gatehouse.toml:1: listen_group is no name of a group"},
    {"key_file = \"keys\"\n", "gatehouse.toml:1: key_file must be an absolute path"},
    {"state_directory = \"\"\n", "gatehouse.toml:1: state_directory must not be empty"},
    {"default_context = \"Admin\"\n", "gatehouse.toml:1: default_context must be a context name"},
    {"default_context = \"admin\"\n",
     "gatehouse.toml:1: default_context (APP_CONTEXT) is admin, but there is no [context.admin]"},
    {"origins = [\"https://a.test\", \"a.test\"]\n", "gatehouse.toml:1: origins must begin with https://"},
    {"origins = [\"https://a.test/\"]\n", "gatehouse.toml:1: origins must be scheme://host[:port]"},
    {"origins = [\"https://*.a.test\"]\n", "gatehouse.toml:1: origins must be scheme://host[:port]"},
    {"origins = [\"https://A.test\"]\n", "gatehouse.toml:1: origins must be in lower case"},
    {"origins = [\"https://a.test:443\"]\n", "gatehouse.toml:1: origins must not name the scheme's own port"},
    {"database_url = \"mysql://u:canary@h/d\"\n",
     "gatehouse.toml:1: database_url must begin with postgresql:// or sqlite:"},
    {"database_url = \"sqlite:gatehouse.db\"\n", "gatehouse.toml:1: database_url needs an absolute path"},
    {"database_url = \"postgresql://u:can ary@h/d\"\n", "gatehouse.toml:1: database_url must not contain spaces"},
    {"redis_url = \"http://:canary@h\"\n", "gatehouse.toml:1: redis_url must begin with redis:// or unix:"},
    {"redis_url = \"rediss://:canary@h\"\n", "gatehouse.toml:1: redis_url asks for TLS"},
    {"redis_url = \"redis://:canary@h:0\"\n", "gatehouse.toml:1: redis_url has no valid host[:port]"},
    {"redis_url = \"redis://:canary@h:65536\"\n", "gatehouse.toml:1: redis_url has no valid host[:port]"},
    {"redis_url = \"redis://:canary@\"\n", "gatehouse.toml:1: redis_url has no valid host[:port]"},
    {"redis_url = \"redis://:can/ary@h\"\n", "gatehouse.toml:1: redis_url has one of / ? # @ in its password"},
    {"redis_url = \"redis://canary@h\"\n", "gatehouse.toml:1: redis_url has an @ but no password"},
    {"redis_url = \"redis://:@h\"\n", "gatehouse.toml:1: redis_url has an @ but no password"},
    {"redis_url = \"redis://:canary%4@h\"\n", "gatehouse.toml:1: redis_url has a % before the @"},
    {"redis_url = \"unix:/run/r.sock?password=canary\"\n", "gatehouse.toml:1: redis_url takes nothing but ?db=NUMBER"},
    {"redis_url = \"unix:r.sock\"\n", "gatehouse.toml:1: redis_url needs an absolute path"},
    {"database_url = \"sqlite:/a.db?mode=ro\"\n", "gatehouse.toml:1: database_url must not contain"},
    {"redis_url = \"redis://h/canary\"\n", "gatehouse.toml:1: redis_url must end with the number of the database"},
    {"[context.web]\ncookie = \"__Host-sid\"\n", "gatehouse.toml:2: context.web.cookie must not begin with __"},
    {"[context.web]\ncookie = \"a b\"\n", "gatehouse.toml:2: context.web.cookie may hold letters"},
    {"[context.web]\ncookie = \"gatehouse_csrf\"\n", "gatehouse.toml:2: context.web.cookie must not be gatehouse_csrf"},
    {"[context.web]\nsame_site = \"None\"\n", "gatehouse.toml:2: context.web.same_site must be one of: Lax, Strict"},
    {"[context.web]\nrequire = [\"admin\"]\n", "gatehouse.toml:2: context.web.require takes the words"},
    {"[context.web]\nrequire = [\"role:Admin\"]\n", "gatehouse.toml:2: context.web.require takes the words"},
    {"[context.web]\ndefault_target = \"//evil.test\"\n",
     "gatehouse.toml:2: context.web.default_target must be a path"},
    {"[context.web]\ndefault_target = \"/\\\\evil.test\"\n",
     "gatehouse.toml:2: context.web.default_target must not contain"},
    {"[context.web]\ndefault_target = \"https://a.test/\"\n",
     "gatehouse.toml:2: context.web.default_target must be a path"},
    // Several options together.
    {"[context.web]\nidle = \"2d\"\nabsolute = \"1d\"\n", "gatehouse.toml:2: context.web.idle must not be longer"},
    {"[context.admin]\ncookie = \"gatehouse_web\"\n",
     "gatehouse.toml:2: context.admin.cookie is already the cookie of"},
    {"[context.web]\nurl = \"app.test\"\n", "gatehouse.toml:2: context.web.url must begin with https://"},
    {"[context.web]\nregistration = \"everybody\"\n", "gatehouse.toml:2: context.web.registration must be"},
    {"[context.web]\nregistration = \"invited\"\n",
     "gatehouse.toml:2: context.web.registration is invited, and an invitation is a link: set url"},
    {"[context.web]\nurl = \"https://a.test\"\nrequire_verified = true\n",
     "gatehouse.toml:3: context.web.require_verified is true, and an address is proven by a mail: set mail_url"},
    {"[context.web]\nregistration = \"open\"\n",
     "gatehouse.toml:2: context.web.registration is open, and a new account needs a mail: set url"},
    {"[context.web]\nurl = \"https://a.test\"\nregistration = \"open\"\n",
     "gatehouse.toml:3: context.web.registration is open, and a new account needs a mail: set mail_url"},
    {"environment = \"production\"\ndatabase_url = \"postgresql://h/d\"\nredis_url = \"redis://h\"\n[context.web]\n"
     "url = \"http://a.test\"\n",
     "gatehouse.toml:5: context.web.url must begin with https:// in production"},
    {"[context.csrf]\n", "configuration: context.csrf.cookie must not be gatehouse_csrf"},
    {"[context.link]\n", "configuration: context.link.cookie must not be gatehouse_link"},
    {"[context.device]\n", "configuration: context.device.cookie must not be gatehouse_device"},
    {"environment = \"development\"\ndatabase_web_url = \"postgresql://h/d\"\n",
     "gatehouse.toml:2: database_web_url alone is not enough"},
};

} // namespace

BOOST_AUTO_TEST_SUITE(bad_config)

BOOST_AUTO_TEST_CASE(each_is_refused_with_its_line) {
    static_assert(std::size(table) >= 50);
    for (const Bad& bad : table) {
        BOOST_TEST_CONTEXT(bad.toml) {
            const Loaded loaded = load_text(bad.toml);
            const std::string messages = joined(loaded.errors);
            BOOST_TEST(!loaded.config);
            BOOST_TEST(messages.starts_with(bad.message), messages);
            BOOST_TEST(messages.find("canary") == std::string::npos, messages);
        }
    }
}

BOOST_AUTO_TEST_CASE(all_mistakes_are_named_at_once_in_the_order_of_their_lines) {
    const Loaded loaded = load_text("redis_timeout = 3\nlog_levle = \"x\"\n[context.web]\nidle = \"\"\n[context.Bad]\n",
                                    {{"GATEHOUSE_PREFIX", "x"}});
    BOOST_TEST_REQUIRE(loaded.errors.size() == 5u);
    const std::string messages = joined(loaded.errors);
    for (const std::string_view place :
         {"gatehouse.toml:1: redis_timeout", "gatehouse.toml:2: unknown key", "gatehouse.toml:4: context.web.idle",
          "gatehouse.toml:5: [context.Bad]", "environment: GATEHOUSE_PREFIX must look like"})
        BOOST_TEST(messages.find(place) != std::string::npos, messages);
    BOOST_TEST(messages.find(":1:") < messages.find(":2:"));
}

BOOST_AUTO_TEST_CASE(a_message_is_one_line_without_control_characters) {
    const std::string text = to_string({"file:1", "unknown key a\r\nb\x1b[31m"});
    BOOST_TEST(text == "file:1: unknown key a??b?[31m");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read) {
    const TemporaryDirectory directory;
    BOOST_TEST(joined(load({directory.path("absent.toml"), true, {}}).errors).find("No such file") !=
               std::string::npos);
    BOOST_TEST(load({directory.path("absent.toml"), false, {}}).errors.empty());
    BOOST_TEST(joined(load({directory.path(), true, {}}).errors).find("is a directory") != std::string::npos);
    const std::string large = directory.write("large.toml", std::string((1 << 20) + 1, '#'));
    BOOST_TEST(joined(load({large, true, {}}).errors).find("larger than 1 MiB") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_password_in_a_file_that_everybody_can_read) {
    const TemporaryDirectory directory;
    const auto load_with = [&](std::string_view text, unsigned mode) {
        const std::string file = directory.write("gatehouse.toml", text);
        std::filesystem::permissions(file, std::filesystem::perms(mode));
        return joined(load({file, true, {}}).errors);
    };
    const auto with_password = "environment = \"development\"\nredis_url = \"redis://:canary@localhost\"\n";
    const auto with_parameter = "environment = \"development\"\ndatabase_url = \"postgresql://h/d?password=canary\"\n";
    const auto without = "environment = \"development\"\nredis_url = \"redis://localhost\"\n";
    BOOST_TEST(load_with(with_password, 0644).starts_with("gatehouse.toml:2: redis_url holds a password"));
    BOOST_TEST(load_with(with_parameter, 0604).starts_with("gatehouse.toml:2: database_url holds a password"));
    BOOST_TEST(load_with(with_password, 0640) == "");
    BOOST_TEST(load_with(without, 0644) == "");
}

BOOST_AUTO_TEST_SUITE_END()
