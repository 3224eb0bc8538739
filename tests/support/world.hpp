// A World of fakes, to run the whole program in process.
#pragma once

#include "app/world.hpp"

#include "support/fakes.hpp"

#include <map>
#include <string>
#include <vector>

namespace smtpaudit::test {

struct FakeWorld {
    explicit FakeWorld(std::string_view now = "2026-11-23T12:00:00Z") : clock(now) {}
    FakeClock clock;
    FakeFiles files;
    FakeRandom random;
    TextSource in{""};
    TextSink out, err;
    std::map<std::string, std::string, std::less<>> environment;
    std::stop_source stop;
    bool is_terminal = false;
    bool err_is_terminal = false;
    MakeHttp make_http;

    int run(const std::vector<std::string>& args) {
        out.text.clear();
        err.text.clear();
        World world{clock, files, random, in, out, err};
        world.out_is_terminal = is_terminal;
        world.err_is_terminal = err_is_terminal;
        world.columns = is_terminal || err_is_terminal ? 120 : 0;
        world.make_http = make_http;
        world.environment = [this](std::string_view name) -> std::optional<std::string> {
            const auto found = environment.find(name);
            if (found == environment.end()) return std::nullopt;
            return found->second;
        };
        world.stop = stop.get_token();
        world.stop_exit_code = [] { return 130; };
        return smtpaudit::run(args, world);
    }
};

}  // namespace smtpaudit::test
