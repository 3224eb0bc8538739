// A folder into which somebody downloads files: which of them are whole.
#pragma once

#include "base/files.hpp"
#include "base/result.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

namespace smtpaudit {

class WatchedFolder {
public:
    // `files` outlives it.
    WatchedFolder(const Files& files, std::string folder)
        : files_(files), folder_(std::move(folder)) {}

    // One look; the files that are whole since it, in order of their paths. A file is whole when
    // two looks find the same bytes in it; the names of unfinished downloads never are. The folder
    // is gone: Errc::input, with the way out.
    Result<std::vector<std::string>> look();
    const std::string& folder() const { return folder_; }

private:
    const Files& files_;
    const std::string folder_;
    std::map<std::string, std::string> digests_;  // of the files that are not whole yet
    std::set<std::string> whole_;
};

}  // namespace smtpaudit
