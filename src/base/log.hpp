// What the program says on standard error: notes, warnings, progress. Never data, never a secret.
#pragma once

#include "base/files.hpp"

#include <string>
#include <string_view>
#include <utility>

namespace smtpaudit {

enum class LogLevel { quiet, normal, verbose };

class Log {
public:
    // `sink` outlives the log. `json`: one object for each line. `tenant`: whose lines they are,
    // where several are at work.
    Log(ByteSink& sink, LogLevel level, bool json, std::string tenant = {})
        : sink_(sink), level_(level), json_(json), tenant_(std::move(tenant)) {}

    void error(std::string_view message) { line("error", LogLevel::quiet, message); }
    void warning(std::string_view message) { line("warning", LogLevel::quiet, message); }
    void note(std::string_view message) { line("note", LogLevel::normal, message); }
    void detail(std::string_view message) { line("detail", LogLevel::verbose, message); }
    LogLevel level() const { return level_; }

private:
    void line(std::string_view kind, LogLevel at_least, std::string_view message);

    ByteSink& sink_;
    LogLevel level_;
    bool json_;
    std::string tenant_;
};

}  // namespace smtpaudit
