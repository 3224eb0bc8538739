// Fakes that record: a clock that never waits, files in memory, chance that counts.
#pragma once

#include "base/clock.hpp"
#include "base/files.hpp"
#include "base/random.hpp"

#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace smtpaudit::test {

class FakeClock final : public Clock {
public:
    explicit FakeClock(std::string_view now) : now_(parse_iso_instant(now).value().at) {}
    UtcTime now() const override {
        const std::lock_guard lock(mutex_);
        return std::chrono::floor<std::chrono::seconds>(now_ + passed_);
    }
    std::chrono::steady_clock::time_point steady_now() const override {
        const std::lock_guard lock(mutex_);
        return std::chrono::steady_clock::time_point(std::chrono::hours(1)) + passed_;
    }
    bool sleep_for(std::chrono::milliseconds time, std::stop_token stop) override {
        if (stop.stop_requested()) return false;
        const std::lock_guard lock(mutex_);
        sleeps_.push_back(time);
        passed_ += time;
        return true;
    }
    void advance(std::chrono::milliseconds time) {
        const std::lock_guard lock(mutex_);
        passed_ += time;
    }
    std::vector<std::chrono::milliseconds> sleeps() const {
        const std::lock_guard lock(mutex_);
        return sleeps_;
    }

private:
    mutable std::mutex mutex_;
    UtcTime now_;
    std::chrono::milliseconds passed_{0};
    std::vector<std::chrono::milliseconds> sleeps_;
};

// Gives the bytes in pieces of `step`, so that a reader that needs whole blocks is found out.
class TextSource final : public ByteSource {
public:
    explicit TextSource(std::string text, std::size_t step = 64 * 1024)
        : text_(std::move(text)), step_(step) {}
    Result<std::size_t> read(std::span<char> room) override {
        const std::size_t count = std::min({step_, room.size(), text_.size() - at_});
        std::memcpy(room.data(), text_.data() + at_, count);
        at_ += count;
        return count;
    }

private:
    std::string text_;
    std::size_t step_;
    std::size_t at_ = 0;
};

class TextSink final : public ByteSink {
public:
    Result<void> write(std::string_view bytes) override {
        text += bytes;
        return {};
    }
    Result<void> flush() override { return {}; }
    std::string text;
};

class FakeFiles final : public Files {
public:
    std::map<std::string, std::string> contents;

    PathKind kind(const std::string& path) const override {
        if (contents.contains(path)) return PathKind::file;
        const auto below = contents.lower_bound(path + "/");
        return below != contents.end() && below->first.starts_with(path + "/") ? PathKind::folder
                                                                               : PathKind::absent;
    }
    Result<std::vector<std::string>> list(const std::string& folder) const override {
        std::vector<std::string> paths;
        for (const auto& [path, text] : contents)
            if (path.starts_with(folder + "/")) paths.push_back(path);
        return paths;
    }
    Result<std::unique_ptr<ByteSource>> open(const std::string& path) const override {
        const auto found = contents.find(path);
        if (found == contents.end())
            return fail(Errc::input, path + ": cannot be opened: No such file or directory");
        return std::make_unique<TextSource>(found->second);
    }
    Result<std::unique_ptr<OutputFile>> create(const std::string& path) override {
        return std::make_unique<Output>(*this, path);
    }

private:
    class Output final : public OutputFile {
    public:
        Output(FakeFiles& files, std::string path) : files_(files), path_(std::move(path)) {}
        Result<void> write(std::string_view bytes) override {
            text_ += bytes;
            return {};
        }
        Result<void> flush() override { return {}; }
        Result<void> commit() override {
            files_.contents[path_] = text_;
            return {};
        }

    private:
        FakeFiles& files_;
        std::string path_, text_;
    };
};

// 0, 1, 2, … so that every identifier is different and every run the same.
class FakeRandom final : public Random {
public:
    void fill(std::span<unsigned char> bytes) override {
        const std::lock_guard lock(mutex_);
        for (auto& byte : bytes) byte = next_++;
    }

private:
    std::mutex mutex_;
    unsigned char next_ = 0;
};

}  // namespace smtpaudit::test
