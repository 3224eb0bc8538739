// What a pull of OAuth sign-ins says besides its observations: the same words for rows of Graph and
// for rows that a service counted.
#pragma once

#include "base/time.hpp"
#include "model/coverage.hpp"

#include <cstdint>
#include <map>
#include <string>

namespace smtpaudit {

class OauthTally {
public:
    void name(const std::string& app_id, const std::string& name) { names_[app_id] = name; }
    void add_failed(std::uint64_t sign_ins = 1) { failed_ += sign_ins; }
    // Of a person, without an address that tells a place (facts/graph.md 1.3).
    void add_unplaced(std::uint64_t sign_ins = 1) { unplaced_ += sign_ins; }
    // Of an application as itself; `last` is the latest of them.
    void add_application(const std::string& app_id, UtcTime last, std::uint64_t sign_ins = 1);

    // Adds its notes; coverage.rows says whether there was any row.
    void note_in(Coverage& coverage) const;

private:
    struct Use {
        std::uint64_t count = 0;
        UtcTime last{};
    };
    std::map<std::string, std::string> names_;  // by application id, as are the uses
    std::map<std::string, Use> uses_;
    std::uint64_t failed_ = 0, unplaced_ = 0;
};

}  // namespace smtpaudit
