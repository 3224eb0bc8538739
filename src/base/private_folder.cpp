#include "base/private_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <cerrno>
#include <cstring>

namespace smtpaudit {
namespace {

constexpr mode_t k_mode = 0700;

Result<void> make_one(const std::string& folder) {
    if (::mkdir(folder.c_str(), k_mode) == 0) {
        (void)::chmod(folder.c_str(), k_mode);  // what the umask took away
        return {};
    }
    struct stat info {};
    const int error = errno;
    if (error == EEXIST && ::stat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    const char* reason = error == EEXIST ? "it is no folder" : strerrordesc_np(error);
    return fail(Errc::local, fmt::format("{}: the folder cannot be made: {}", folder,
                                         reason != nullptr ? reason : "unknown error"));
}

}  // namespace

Result<void> make_private_folders(const std::string& folder) {
    for (std::size_t at = folder.find('/', 1); at != std::string::npos;
         at = folder.find('/', at + 1))
        SA_CHECK(make_one(folder.substr(0, at)));
    return folder.empty() || folder.ends_with('/') ? Result<void>{} : make_one(folder);
}

}  // namespace smtpaudit
