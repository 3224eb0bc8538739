#include "auth/private_file.hpp"

#include "base/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <span>

namespace smtpaudit {
namespace {

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (value_ >= 0) ::close(value_);
    }
    int get() const { return value_; }

private:
    int value_;
};

enum class Rights { mine_alone, any };

Result<void> check_rights(int descriptor, const std::string& path, Rights rights) {
    struct stat info {};
    if (::fstat(descriptor, &info) != 0)
        return fail(Errc::input, fmt::format("{}: cannot be examined", path));
    if (!S_ISREG(info.st_mode) && !S_ISFIFO(info.st_mode))
        return fail(Errc::input, fmt::format("{}: is not a file", path));
    if (rights == Rights::any) return {};
    // With an access control list the group bits show its mask, so named users are covered too.
    if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0)
        return fail(Errc::input,
                    fmt::format("{0}: others than you can use this file (mode {1:04o}), so what it "
                                "holds is no secret; run chmod 600 on it and renew the secret if "
                                "others have an account here",
                                path, info.st_mode & 07777U));
    return {};
}

Result<Secret> read_secret(const std::string& path, std::size_t limit, Rights rights) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (file.get() < 0) {
        const char* reason = strerrordesc_np(errno);
        return fail(Errc::input, fmt::format("{}: cannot be opened: {}", path,
                                             reason != nullptr ? reason : "unknown error"));
    }
    SA_CHECK(check_rights(file.get(), path, rights));

    const auto source = descriptor_source(file.get(), path);
    std::string text(limit + 1, '\0');  // one piece: a growing string leaves copies behind
    std::size_t size = 0;
    while (size < text.size()) {
        const auto got = source->read(std::span(text).subspan(size));
        if (!got) {
            wipe(text);
            return tl::unexpected<Error>(got.error());
        }
        if (*got == 0) break;
        size += *got;
    }
    const bool too_large = size > limit;
    text.resize(size);
    Secret content(std::move(text));
    if (too_large)
        return fail(Errc::input, fmt::format("{}: is larger than {} bytes", path, limit));
    if (content.empty()) return fail(Errc::input, fmt::format("{}: is empty", path));
    return content;
}

}  // namespace

Result<Secret> read_private_file(const std::string& path, std::size_t limit) {
    return read_secret(path, limit, Rights::mine_alone);
}

Result<Secret> read_token_file(const std::string& path, std::size_t limit) {
    return read_secret(path, limit, Rights::any);
}

}  // namespace smtpaudit
