#include "app/watched_folder.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace smtpaudit {
namespace {

// What browsers and tools call a file that they are still writing.
bool is_unfinished(std::string_view path) {
    constexpr std::array<std::string_view, 6> k_ends = {".crdownload", ".part",       ".partial",
                                                        ".download",   ".opdownload", ".tmp"};
    const std::string lower = ascii_lower(path);
    return std::ranges::any_of(k_ends, [&](std::string_view end) { return lower.ends_with(end); });
}

// Empty: the file is empty, or cannot be read now (it may be in the making).
std::string digest_of(const Files& files, const std::string& path) {
    auto bytes = files.open(path);
    if (!bytes) return {};
    Sha256 digest;
    std::vector<char> room(std::size_t{256} * 1024);
    bool is_empty = true;
    for (;;) {
        const auto count = (*bytes)->read(room);
        if (!count) return {};
        if (*count == 0) return is_empty ? std::string() : digest.finish();
        is_empty = false;
        digest.update({room.data(), *count});
    }
}

}  // namespace

Result<std::vector<std::string>> WatchedFolder::look() {
    const auto paths = files_.list(folder_);
    if (!paths)
        return fail(Errc::input,
                    fmt::format("the watched folder is gone ({}); make it again and watch it with "
                                "--job and --watch: nothing is lost",
                                paths.error().message));
    std::vector<std::string> became_whole;
    for (const std::string& path : *paths) {
        if (is_unfinished(path) || whole_.contains(path)) continue;
        const std::string digest = digest_of(files_, path);
        std::string& before = digests_[path];
        if (!digest.empty() && digest == before) {
            whole_.insert(path);
            digests_.erase(path);
            became_whole.push_back(path);
        } else {
            before = digest;
        }
    }
    return became_whole;
}

}  // namespace smtpaudit
