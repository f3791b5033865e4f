// SPDX-License-Identifier: Apache-2.0
// Where a login may lead: what is accepted stays on our origin and outside our own pages for the URL parser that
// browsers have, which Node has too. Node is a child of this process and answers a letter for each target.
#include "gateway/http/redirect_target.h"

#include "tests/fuzz/promise.h"

#include <array>
#include <spawn.h>
#include <stdexcept>
#include <string>
#include <unistd.h>

namespace gatehouse::fuzz {
namespace {

class Oracle {
  public:
    Oracle() {
        std::array<int, 2> questions{};
        std::array<int, 2> answers{};
        if (pipe(questions.data()) != 0 || pipe(answers.data()) != 0) throw std::runtime_error("no pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, questions[0], STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&actions, answers[1], STDOUT_FILENO);
        for (const int end : {questions[0], questions[1], answers[0], answers[1]})
            posix_spawn_file_actions_addclose(&actions, end);
        std::array<std::string, 2> words{"node", GATEHOUSE_SOURCE_DIR "/tests/fuzz/url_oracle.js"};
        std::array<char*, 3> arguments{words[0].data(), words[1].data(), nullptr};
        pid_t child = 0;
        if (posix_spawnp(&child, "node", &actions, nullptr, arguments.data(), environ) != 0)
            throw std::runtime_error("node does not start");
        posix_spawn_file_actions_destroy(&actions);
        close(questions[0]);
        close(answers[1]);
        to_ = questions[1];
        from_ = answers[0];
    }

    /// y: it stays; anything else says what is wrong.
    char judge(const std::string& target) const {
        const std::string line = target + "\n";
        char answer = '?';
        if (write(to_, line.data(), line.size()) != static_cast<ssize_t>(line.size()) || read(from_, &answer, 1) != 1)
            throw std::runtime_error("node does not answer");
        return answer;
    }

  private:
    int to_ = -1;
    int from_ = -1;
};

} // namespace

void look_at(std::string_view input) {
    static const Oracle oracle;
    const auto target = http::safe_target(input, "!", "/auth");
    if (target == "!") return;
    promise(target == input, "a target is taken as it is, or not at all");
    const char verdict = oracle.judge(target);
    promise(verdict != 'o', "it stays on our origin");
    promise(verdict != 'p', "it leads into none of our own pages");
    promise(verdict != 's', "nobody resolves segments in its path");
    promise(verdict == 'y', "it is a URL");
}

} // namespace gatehouse::fuzz
