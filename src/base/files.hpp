// The seam to the file system and to the standard streams.
#pragma once

#include "base/result.hpp"

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace smtpaudit {

// Bytes in, in pieces.
class ByteSource {
public:
    virtual ~ByteSource() = default;
    // Fills up to `room`; 0 is the end. An unreadable source is Errc::input.
    virtual Result<std::size_t> read(std::span<char> room) = 0;
};

// Bytes out. A reader that went away is Errc::closed_pipe, anything else Errc::local.
class ByteSink {
public:
    virtual ~ByteSink() = default;
    virtual Result<void> write(std::string_view bytes) = 0;
    // Everything written so far has left this process.
    virtual Result<void> flush() = 0;
};

// A file that appears whole or not at all: temporary file beside it, fsync, rename, mode 0600.
// Without commit() the old file stays as it was. A target that is not a regular file
// (/dev/stdout, /dev/full, a FIFO) is written to directly. A link to a file is replaced, not
// followed, and a folder that is swapped for a link meanwhile leads nothing away.
class OutputFile : public ByteSink {
public:
    virtual Result<void> commit() = 0;
};

enum class PathKind { absent, file, folder, stream };

class Files {
public:
    virtual ~Files() = default;
    virtual PathKind kind(const std::string& path) const = 0;
    // Paths of the regular files in a folder (not hidden, not its sub-folders), sorted by bytes.
    virtual Result<std::vector<std::string>> list(const std::string& folder) const = 0;
    virtual Result<std::unique_ptr<ByteSource>> open(const std::string& path) const = 0;
    virtual Result<std::unique_ptr<OutputFile>> create(const std::string& path) = 0;
};

// `stop_descriptor` becomes readable when the program shall stop (an eventfd): a read or a write that
// waits for the other end of a pipe then ends with Errc::interrupted. -1: none.
class SystemFiles final : public Files {
public:
    explicit SystemFiles(int stop_descriptor = -1) : stop_descriptor_(stop_descriptor) {}
    PathKind kind(const std::string& path) const override;
    Result<std::vector<std::string>> list(const std::string& folder) const override;
    Result<std::unique_ptr<ByteSource>> open(const std::string& path) const override;
    Result<std::unique_ptr<OutputFile>> create(const std::string& path) override;

private:
    int stop_descriptor_;
};

// The whole text of a small file. Absent, unreadable or over `limit` bytes: Errc::input.
Result<std::string> read_text(const Files& files, const std::string& path, std::size_t limit);
// The same for a source already open; `name` is for messages.
Result<std::string> read_text(ByteSource& source, const std::string& name, std::size_t limit);

// An open file descriptor as a source or a sink. Does not own it.
std::unique_ptr<ByteSource> descriptor_source(int descriptor, std::string name,
                                              int stop_descriptor = -1);
std::unique_ptr<ByteSink> descriptor_sink(int descriptor, std::string name,
                                          int stop_descriptor = -1);

}  // namespace smtpaudit
