#include "base/files.hpp"

#include "base/random.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
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
    Descriptor& operator=(Descriptor&& other) noexcept {
        close_now();
        value_ = std::exchange(other.value_, -1);
        return *this;
    }
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

Error cannot_be_written(const std::string& name, int error) {
    return {Errc::local, fmt::format("{}: cannot be written: {}", name, reason(error))};
}

// Waits until the descriptor can be read or written (POLLIN, POLLOUT), its other end is closed, or
// the program shall stop. A negative one is none: then only the time ends the wait.
Result<void> wait_for(int descriptor, short what, const std::string& name, int stop_descriptor,
                      int milliseconds = -1) {
    std::array<pollfd, 2> waits = {pollfd{descriptor, what, 0}, pollfd{stop_descriptor, POLLIN, 0}};
    while (::poll(waits.data(), waits.size(), milliseconds) < 0)
        if (errno != EINTR)
            return fail(what == POLLIN ? Errc::input : Errc::local,
                        fmt::format("{}: {}", name, reason(errno)));
    if (waits[1].revents != 0) return fail(Errc::interrupted, name + ": interrupted");
    return {};
}

// With a stop descriptor a reader that takes nothing does not hold up a stop.
Result<void> write_to(int descriptor, const std::string& name, std::string_view bytes,
                      int stop_descriptor) {
    while (!bytes.empty()) {
        std::size_t size = bytes.size();
        if (stop_descriptor >= 0) {
            SA_CHECK(wait_for(descriptor, POLLOUT, name, stop_descriptor));
            // What a pipe takes without blocking once it can be written (pipe(7)).
            size = std::min<std::size_t>(size, PIPE_BUF);
        }
        const ssize_t put = ::write(descriptor, bytes.data(), size);
        if (put >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(put));
        } else if (errno == EPIPE) {
            return fail(Errc::closed_pipe, fmt::format("{}: the reader went away", name));
        } else if (errno != EINTR && errno != EAGAIN) {
            return tl::unexpected<Error>(cannot_be_written(name, errno));
        }
    }
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
        if (stop_descriptor_ >= 0) SA_CHECK(wait_for(descriptor_, POLLIN, name_, stop_descriptor_));
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
    BufferedWriter(int descriptor, std::string name, int stop_descriptor = -1)
        : descriptor_(descriptor), name_(std::move(name)), stop_descriptor_(stop_descriptor) {}

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
        return write_to(descriptor_, name_, bytes, stop_descriptor_);
    }
    Result<void> flush() {
        const std::string block = std::exchange(buffer_, {});
        return write_to(descriptor_, name_, block, stop_descriptor_);
    }

private:
    static constexpr std::size_t k_block = std::size_t{64} * 1024;
    int descriptor_;
    std::string name_;
    int stop_descriptor_;
    std::string buffer_;
};

class BorrowedSink final : public ByteSink {
public:
    BorrowedSink(int descriptor, std::string name, int stop_descriptor)
        : writer_(descriptor, std::move(name), stop_descriptor) {}
    Result<void> write(std::string_view bytes) override { return writer_.write(bytes); }
    Result<void> flush() override { return writer_.flush(); }

private:
    BufferedWriter writer_;
};

class DirectFile final : public OutputFile {
public:
    DirectFile(Descriptor descriptor, std::string path, int stop_descriptor)
        : descriptor_(std::move(descriptor)),
          writer_(descriptor_.get(), std::move(path), stop_descriptor) {}
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

std::string name_in_folder(const std::string& path) {
    return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// A file beside its target and under another name until it is whole. Both names are looked up in the
// folder that was opened at the start: who swaps the folder for a link meanwhile leads nothing away.
class AtomicFile final : public OutputFile {
public:
    static Result<std::unique_ptr<OutputFile>> create(const std::string& path) {
        const std::string in = folder_of(path);
        Descriptor folder(::open(in.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        // A folder that we may write to and not list.
        if (folder.get() < 0)
            folder = Descriptor(::open(in.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
        if (folder.get() < 0) return tl::unexpected<Error>(cannot_be_written(path, errno));
        for (int tries = 0; tries < k_tries; ++tries) {
            std::string temporary = name_in_folder(path) + '.' + random_ending();
            // O_EXCL: a link that waits under that name is not followed.
            Descriptor file(::openat(folder.get(), temporary.c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, k_mode));
            if (file.get() < 0 && errno == EEXIST) continue;
            if (file.get() < 0) break;
            ::fchmod(file.get(), k_mode);  // whatever the umask takes away
            return std::unique_ptr<OutputFile>(
                new AtomicFile(std::move(folder), std::move(file), path, std::move(temporary)));
        }
        return tl::unexpected<Error>(cannot_be_written(path, errno));
    }
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile() override {
        if (!temporary_.empty()) ::unlinkat(folder_.get(), temporary_.c_str(), 0);
    }

    Result<void> write(std::string_view bytes) override { return writer_.write(bytes); }
    Result<void> flush() override { return writer_.flush(); }
    Result<void> commit() override {
        SA_CHECK(writer_.flush());
        const std::string name = name_in_folder(path_);
        if (::fsync(file_.get()) != 0 || file_.close_now() != 0 ||
            ::renameat(folder_.get(), temporary_.c_str(), folder_.get(), name.c_str()) != 0)
            return tl::unexpected<Error>(cannot_be_written(path_, errno));
        temporary_.clear();
        // The rename itself must survive a power cut; a file system that cannot sync a folder is
        // no reason to fail.
        (void)::fsync(folder_.get());
        return {};
    }

private:
    static constexpr mode_t k_mode = 0600;
    static constexpr int k_tries = 100;

    AtomicFile(Descriptor folder, Descriptor file, std::string path, std::string temporary)
        : folder_(std::move(folder)),
          file_(std::move(file)),
          path_(std::move(path)),
          temporary_(std::move(temporary)),
          writer_(file_.get(), path_) {}

    static std::string random_ending() {
        constexpr std::string_view k_letters = "abcdefghijklmnopqrstuvwxyz012345";
        std::array<unsigned char, 6> bytes{};
        SystemRandom().fill(bytes);
        std::string ending;
        for (const unsigned char byte : bytes) ending += k_letters[byte % k_letters.size()];
        return ending;
    }

    Descriptor folder_, file_;
    std::string path_;
    std::string temporary_;  // empty once it has its place
    BufferedWriter writer_;
};

// A device, a FIFO or a socket, opened without waiting for a reader longer than until a stop.
Result<std::unique_ptr<OutputFile>> open_stream(const std::string& path, int stop_descriptor) {
    constexpr int k_tick_ms = 50;  // how soon a reader that comes late is noticed
    for (;;) {
        const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (stop_descriptor < 0 ? 0 : O_NONBLOCK);
        Descriptor stream(::open(path.c_str(), flags));
        struct stat info {};
        if (stream.get() < 0) {
            const int error = errno;
            const bool is_fifo = ::stat(path.c_str(), &info) == 0 && S_ISFIFO(info.st_mode);
            if (error != ENXIO || !is_fifo)  // ENXIO of a FIFO: nobody reads it yet
                return tl::unexpected<Error>(cannot_be_written(path, error));
            SA_CHECK(wait_for(-1, POLLOUT, path, stop_descriptor, k_tick_ms));
            continue;
        }
        // A file that took the place of the device since we looked would be written over in part.
        if (::fstat(stream.get(), &info) != 0 || S_ISREG(info.st_mode))
            return fail(Errc::local, fmt::format("{}: has changed while it was opened", path));
        return std::make_unique<DirectFile>(std::move(stream), path, stop_descriptor);
    }
}

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
    if (existing == PathKind::stream) return open_stream(path, stop_descriptor_);
    return AtomicFile::create(path);
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

std::unique_ptr<ByteSink> descriptor_sink(int descriptor, std::string name, int stop_descriptor) {
    struct stat info {};
    // A file takes what it is given, and a terminal shows it.
    const bool waits =
        ::fstat(descriptor, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISSOCK(info.st_mode));
    return std::make_unique<BorrowedSink>(descriptor, std::move(name),
                                          waits ? stop_descriptor : -1);
}

}  // namespace smtpaudit
