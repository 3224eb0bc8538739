#include "base/files.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace smtpaudit {
namespace {

// strerror() may be translated and is not thread-safe; these are the plain words.
std::string reason(int error) {
    const char* text = strerrordesc_np(error);
    return text != nullptr ? text : fmt::format("error {}", error);
}

class Descriptor {
public:
    explicit Descriptor(int value) : value_(value) {}
    Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
    Descriptor& operator=(Descriptor&&) = delete;
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() { close_now(); }

    int get() const { return value_; }
    int close_now() { return value_ >= 0 ? ::close(std::exchange(value_, -1)) : 0; }

private:
    int value_;
};

Result<std::size_t> read_from(int descriptor, const std::string& name, std::span<char> room) {
    for (;;) {
        const ssize_t got = ::read(descriptor, room.data(), room.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR && errno != EAGAIN)
            return fail(Errc::input, fmt::format("{}: cannot be read: {}", name, reason(errno)));
    }
}

Result<void> write_to(int descriptor, const std::string& name, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t put = ::write(descriptor, bytes.data(), bytes.size());
        if (put >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(put));
        } else if (errno == EPIPE) {
            return fail(Errc::closed_pipe, fmt::format("{}: the reader went away", name));
        } else if (errno != EINTR) {
            return fail(Errc::local, fmt::format("{}: cannot be written: {}", name, reason(errno)));
        }
    }
    return {};
}

// Waits until there is something to read, the other end is closed, or the program shall stop.
Result<void> wait_readable(int descriptor, const std::string& name, int stop_descriptor) {
    std::array<pollfd, 2> waits = {pollfd{descriptor, POLLIN, 0},
                                   pollfd{stop_descriptor, POLLIN, 0}};
    while (::poll(waits.data(), waits.size(), -1) < 0)
        if (errno != EINTR)
            return fail(Errc::input, fmt::format("{}: cannot be read: {}", name, reason(errno)));
    if (waits[1].revents != 0) return fail(Errc::interrupted, name + ": interrupted");
    return {};
}

class DescriptorSource final : public ByteSource {
public:
    // `owned` closes the descriptor at the end.
    DescriptorSource(Descriptor owned, int descriptor, std::string name, int stop_descriptor)
        : owned_(std::move(owned)),
          descriptor_(descriptor),
          name_(std::move(name)),
          stop_descriptor_(stop_descriptor) {}
    Result<std::size_t> read(std::span<char> room) override {
        if (stop_descriptor_ >= 0) SA_CHECK(wait_readable(descriptor_, name_, stop_descriptor_));
        return read_from(descriptor_, name_, room);
    }

private:
    Descriptor owned_;
    int descriptor_;
    std::string name_;
    int stop_descriptor_;
};

// Collects small writes into blocks.
class BufferedWriter {
public:
    BufferedWriter(int descriptor, std::string name)
        : descriptor_(descriptor), name_(std::move(name)) {}

    Result<void> write(std::string_view bytes) {
        if (buffer_.size() + bytes.size() < k_block) {
            buffer_ += bytes;
            return {};
        }
        SA_CHECK(flush());
        if (bytes.size() < k_block) {
            buffer_ += bytes;
            return {};
        }
        return write_to(descriptor_, name_, bytes);
    }
    Result<void> flush() {
        const std::string block = std::exchange(buffer_, {});
        return write_to(descriptor_, name_, block);
    }

private:
    static constexpr std::size_t k_block = std::size_t{64} * 1024;
    int descriptor_;
    std::string name_;
    std::string buffer_;
};

class BorrowedSink final : public ByteSink {
public:
    BorrowedSink(int descriptor, std::string name) : writer_(descriptor, std::move(name)) {}
    Result<void> write(std::string_view bytes) override { return writer_.write(bytes); }
    Result<void> flush() override { return writer_.flush(); }

private:
    BufferedWriter writer_;
};

class DirectFile final : public OutputFile {
public:
    DirectFile(Descriptor descriptor, std::string path)
        : descriptor_(std::move(descriptor)), writer_(descriptor_.get(), std::move(path)) {}
    Result<void> write(std::string_view bytes) override { return writer_.write(bytes); }
    Result<void> flush() override { return writer_.flush(); }
    Result<void> commit() override { return writer_.flush(); }

private:
    Descriptor descriptor_;
    BufferedWriter writer_;
};

std::string folder_of(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

class AtomicFile final : public OutputFile {
public:
    AtomicFile(Descriptor descriptor, std::string path, std::string temporary)
        : descriptor_(std::move(descriptor)),
          path_(std::move(path)),
          temporary_(std::move(temporary)),
          writer_(descriptor_.get(), path_) {}
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile() override {
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
    }

    Result<void> write(std::string_view bytes) override { return writer_.write(bytes); }
    Result<void> flush() override { return writer_.flush(); }
    Result<void> commit() override {
        SA_CHECK(writer_.flush());
        if (::fsync(descriptor_.get()) != 0 || descriptor_.close_now() != 0 ||
            ::rename(temporary_.c_str(), path_.c_str()) != 0)
            return fail(Errc::local,
                        fmt::format("{}: cannot be written: {}", path_, reason(errno)));
        temporary_.clear();
        // The rename itself must survive a power cut; a file system that cannot sync a folder is
        // no reason to fail.
        const Descriptor folder(
            ::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (folder.get() >= 0) ::fsync(folder.get());
        return {};
    }

private:
    Descriptor descriptor_;
    std::string path_;
    std::string temporary_;
    BufferedWriter writer_;
};

}  // namespace

PathKind SystemFiles::kind(const std::string& path) const {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return PathKind::absent;
    if (S_ISDIR(info.st_mode)) return PathKind::folder;
    return S_ISREG(info.st_mode) ? PathKind::file : PathKind::stream;
}

Result<std::vector<std::string>> SystemFiles::list(const std::string& folder) const {
    DIR* handle = ::opendir(folder.c_str());
    if (handle == nullptr)
        return fail(Errc::input, fmt::format("{}: cannot be read: {}", folder, reason(errno)));
    std::vector<std::string> paths;
    const std::string prefix = folder.ends_with('/') ? folder : folder + '/';
    while (const dirent* entry = ::readdir(handle)) {
        const std::string path = prefix + entry->d_name;
        if (entry->d_name[0] != '.' && kind(path) == PathKind::file) paths.push_back(path);
    }
    ::closedir(handle);
    std::sort(paths.begin(), paths.end());
    return paths;
}

Result<std::unique_ptr<ByteSource>> SystemFiles::open(const std::string& path) const {
    // Not blocking: a FIFO that nobody writes to yet must not hold up a stop.
    Descriptor owned(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    const int descriptor = owned.get();
    if (descriptor < 0)
        return fail(Errc::input, fmt::format("{}: cannot be opened: {}", path, reason(errno)));
    const int stop = kind(path) == PathKind::file ? -1 : stop_descriptor_;
    if (stop < 0) ::fcntl(descriptor, F_SETFL, 0);
    return std::make_unique<DescriptorSource>(std::move(owned), descriptor, path, stop);
}

Result<std::unique_ptr<OutputFile>> SystemFiles::create(const std::string& path) {
    const PathKind existing = kind(path);
    if (existing == PathKind::folder)
        return fail(Errc::local, fmt::format("{}: is a folder; name a file", path));
    if (existing == PathKind::stream) {
        Descriptor descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
        if (descriptor.get() < 0)
            return fail(Errc::local, fmt::format("{}: cannot be written: {}", path, reason(errno)));
        return std::make_unique<DirectFile>(std::move(descriptor), path);
    }
    std::string temporary = path + ".XXXXXX";
    Descriptor descriptor(::mkostemp(temporary.data(), O_CLOEXEC));  // O_EXCL and mode 0600
    if (descriptor.get() < 0)
        return fail(Errc::local, fmt::format("{}: cannot be written: {}", path, reason(errno)));
    return std::make_unique<AtomicFile>(std::move(descriptor), path, std::move(temporary));
}

Result<std::string> read_text(ByteSource& source, const std::string& name, std::size_t limit) {
    std::string text;
    constexpr std::size_t k_step = std::size_t{64} * 1024;
    for (;;) {
        const std::size_t old = text.size();
        text.resize(old + k_step);
        SA_TRY(const std::size_t got, source.read(std::span(text).subspan(old)));
        text.resize(old + got);
        if (got == 0) return text;
        if (text.size() > limit)
            return fail(Errc::input, fmt::format("{}: is larger than {} bytes", name, limit));
    }
}

Result<std::string> read_text(const Files& files, const std::string& path, std::size_t limit) {
    if (files.kind(path) == PathKind::folder)
        return fail(Errc::input, fmt::format("{}: is a folder; name a file", path));
    SA_TRY(const auto source, files.open(path));
    return read_text(*source, path, limit);
}

std::unique_ptr<ByteSource> descriptor_source(int descriptor, std::string name,
                                              int stop_descriptor) {
    return std::make_unique<DescriptorSource>(Descriptor(-1), descriptor, std::move(name),
                                              stop_descriptor);
}

std::unique_ptr<ByteSink> descriptor_sink(int descriptor, std::string name) {
    return std::make_unique<BorrowedSink>(descriptor, std::move(name));
}

}  // namespace smtpaudit
