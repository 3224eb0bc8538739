// Everything outside the program, so that tests bring their own. run() is the whole program.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/random.hpp"
#include "net/curl_http.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// A client for the network, the innermost of the HTTP chain.
using MakeHttp = std::function<Result<std::unique_ptr<HttpClient>>(CurlSettings settings)>;

struct World {
    Clock& clock;
    Files& files;
    Random& random;
    ByteSource& in;
    ByteSink& out;
    ByteSink& err;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    std::size_t columns = 0;  // of the terminal; 0: unknown
    bool keeps_history = false;  // SQLite works on a real disk only, whatever `files` is
    std::function<std::optional<std::string>(std::string_view)> environment{};
    std::stop_token stop{};
    std::function<int()> stop_exit_code{};  // 130 or 143, by the signal that asked to stop
    MakeHttp make_http{};  // must be set for the commands that use the network
    std::function<bool(const std::string& url)> open_browser{};  // may be empty: none
};

// MakeHttp of the real network, and the desktop's own browser.
Result<std::unique_ptr<HttpClient>> real_network(CurlSettings settings);
bool start_browser(const std::string& url);

// `args` without the program's name. Returns the exit code of cli.md; throws only on a bug.
int run(const std::vector<std::string>& args, World& world);

}  // namespace smtpaudit
