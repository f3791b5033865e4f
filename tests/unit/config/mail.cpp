// SPDX-License-Identifier: Apache-2.0
// Goal: the options about mail are understood, mistakes are named, and the password is shown nowhere.
#include "gateway/config/mail.h"

#include "sources.h"

#include <boost/test/unit_test.hpp>

namespace gatehouse::config::testing {

BOOST_AUTO_TEST_SUITE(config_mail)

BOOST_AUTO_TEST_CASE(addresses_of_mail_servers) {
    using Kind = MailTarget::Kind;
    struct Row {
        const char* url;
        Kind kind;
        const char* host;
        unsigned port;
    };
    for (const auto& row : {Row{"smtp://mail.example.org", Kind::smtp, "mail.example.org", 587},
                            Row{"smtp://mail.example.org:25/", Kind::smtp, "mail.example.org", 25},
                            Row{"smtps://mail.example.org", Kind::smtps, "mail.example.org", 465},
                            Row{"smtp://[2001:db8::1]:2525", Kind::smtp, "[2001:db8::1]", 2525},
                            Row{"smtp://127.0.0.1", Kind::smtp, "127.0.0.1", 587}}) {
        const auto target = parse_mail_url(row.url);
        BOOST_REQUIRE_MESSAGE(target, row.url);
        BOOST_TEST((target->kind == row.kind));
        BOOST_TEST(target->host == row.host);
        BOOST_TEST(target->port == row.port);
    }
    BOOST_TEST(parse_mail_url("file:///var/spool/mail").value().path == "/var/spool/mail");
    for (const auto* bad : {"",           "smtp://",         "smtp:///x",     "http://a",
                            "smtp://a:0", "smtp://a:65536",  "smtp://a:x",    "smtp://a:",
                            "smtp://u@a", "smtp://u:p@a",    "smtp://a/path", "smtp://a?x",
                            "smtp://a b", "smtp://a\r\n",    "smtp://[::1",   "smtp://[::1]x",
                            "smtp://[a]", "file://relative", "file:///a\nb",  "smtp://-a",
                            "smtp://a..b"})
        BOOST_TEST(!parse_mail_url(bad), bad);
}

BOOST_AUTO_TEST_CASE(tls_is_needed_except_on_this_host) {
    const auto encrypted = [](const char* url, std::optional<MailTls> tls) {
        MailConfig config;
        config.tls = tls;
        return is_encrypted(config, parse_mail_url(url).value());
    };
    BOOST_TEST(encrypted("smtp://mail.example.org", {}));
    BOOST_TEST(!encrypted("smtp://mail.example.org", MailTls::none));
    BOOST_TEST(encrypted("smtps://mail.example.org", MailTls::none));
    for (const auto* here : {"smtp://localhost", "smtp://127.0.0.1:25", "smtp://127.1.2.3", "smtp://[::1]:25"}) {
        BOOST_TEST(!encrypted(here, {}));
        BOOST_TEST(encrypted(here, MailTls::required));
    }
    for (const auto* elsewhere : {"smtp://127.example.org", "smtp://localhost.example.org", "smtp://[::2]"})
        BOOST_TEST(encrypted(elsewhere, {}));
}

BOOST_AUTO_TEST_CASE(senders) {
    BOOST_TEST(parse_sender("a@b.org").value().address == "a@b.org");
    BOOST_TEST(parse_sender("a@b.org").value().name == "");
    BOOST_TEST(parse_sender("Гість, Inc. <a@b.org>").value().name == "Гість, Inc.");
    BOOST_TEST(parse_sender("Acme<a@b.org>").value().address == "a@b.org");
    for (const auto* bad : {"", "Acme", "Acme <>", "Acme <a>", "Acme <a@b.org> x", "A\"b\" <a@b.org>",
                            "A <b> <a@b.org>", "A\r\nBcc: e <a@b.org>", "a@b.org, c@d.org"})
        BOOST_TEST(!parse_sender(bad), bad);
}

BOOST_AUTO_TEST_CASE(the_options_are_read_and_the_password_is_hidden) {
    const auto loaded = load_text("mail_url = \"smtp://mail.example.org\"\nmail_from = \"Acme <a@b.org>\"\n"
                                  "mail_user = \"u\"\nmail_timeout = \"5s\"\nmail_tls = \"none\"\n",
                                  {{"GATEHOUSE_MAIL_PASSWORD", "secret-word"}});
    BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
    const auto& mail = loaded.config->mail;
    BOOST_TEST(mail.configured());
    BOOST_TEST(mail.password == "secret-word");
    BOOST_TEST((mail.timeout == Seconds{5}));
    BOOST_TEST((mail.tls == MailTls::none));
    BOOST_TEST(setting(loaded, "mail_password").value == "\"***\"");
    BOOST_TEST(joined(loaded.warnings).find("plain text") != std::string::npos);
    BOOST_TEST(joined(loaded.warnings).find("secret-word") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_credential_is_the_password) {
    const TemporaryDirectory credentials;
    credentials.write("mail_password", "secret-word\n");
    const auto loaded =
        load_text("mail_url = \"smtps://mail.example.org\"\nmail_from = \"a@b.org\"\nmail_user = \"u\"\n",
                  {{"CREDENTIALS_DIRECTORY", credentials.path()}});
    BOOST_TEST_REQUIRE(joined(loaded.errors) == "");
    BOOST_TEST(loaded.config->mail.password == "secret-word");
}

BOOST_AUTO_TEST_CASE(a_file_that_everybody_can_read_holds_no_password) {
    const TemporaryDirectory directory;
    const auto path = directory.write("gatehouse.toml", "mail_password = \"secret-word\"\n");
    std::filesystem::permissions(path, std::filesystem::perms(0644));
    const auto loaded = load({path, true, {}});
    BOOST_TEST(joined(loaded.errors).find("mail_password holds a password") != std::string::npos);
    BOOST_TEST(joined(loaded.errors).find("secret-word") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_belongs_together_is_asked_for) {
    const auto errors = [](const std::string& text) { return joined(load_text(text).errors); };
    const std::string url = "mail_url = \"smtp://mail.example.org\"\n";
    BOOST_TEST(errors(url).find("mail_url needs mail_from") != std::string::npos);
    BOOST_TEST(errors(url + "mail_from = \"a@b.org\"\n") == "");
    BOOST_TEST(errors(url + "mail_from = \"a@b.org\"\nmail_user = \"u\"\n").find("needs mail_password") !=
               std::string::npos);
    BOOST_TEST(errors(url + "mail_from = \"a@b.org\"\nmail_password = \"p\"\n").find("needs mail_user") !=
               std::string::npos);
    BOOST_TEST(errors("mail_user = \"u\"\n") == ""); // nothing is sent
}

BOOST_AUTO_TEST_SUITE_END()

} // namespace gatehouse::config::testing
