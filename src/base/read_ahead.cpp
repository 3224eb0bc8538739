#include "base/read_ahead.hpp"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace smtpaudit {
namespace {

constexpr std::size_t k_block = std::size_t{256} * 1024;
constexpr std::size_t k_most_blocks = 4;

struct Block {
    std::vector<char> bytes = std::vector<char>(k_block);
    std::size_t size = 0;
    std::optional<Error> error;  // after the bytes
    bool is_last() const { return size < k_block; }
};

class ReadAhead final : public ByteSource {
public:
    explicit ReadAhead(std::unique_ptr<ByteSource> inner) : inner_(std::move(inner)) {}
    ~ReadAhead() override {
        {
            const std::lock_guard lock(mutex_);
            is_abandoned_ = true;
        }
        changed_.notify_all();
        if (thread_.joinable()) thread_.join();
    }
    ReadAhead(const ReadAhead&) = delete;
    ReadAhead& operator=(const ReadAhead&) = delete;

    Result<std::size_t> read(std::span<char> room) override {
        if (taken_ == present_.size) {
            if (present_.error) return tl::unexpected(*present_.error);
            if (is_started_ && present_.is_last()) return std::size_t{0};
            next();
        }
        const std::size_t count = std::min(room.size(), present_.size - taken_);
        if (count > 0) std::memcpy(room.data(), present_.bytes.data() + taken_, count);
        taken_ += count;
        if (count == 0 && present_.error) return tl::unexpected(*present_.error);
        return count;
    }

private:
    void fill(Block& block) {
        block.size = 0;
        while (block.size < k_block) {
            const auto got =
                inner_->read(std::span(block.bytes.data() + block.size, k_block - block.size));
            if (!got) block.error = got.error();
            if (!got || *got == 0) return;
            block.size += *got;
        }
    }

    void next() {
        taken_ = 0;
        if (!is_started_) {
            is_started_ = true;
            fill(present_);
            if (!present_.is_last()) thread_ = std::thread([this] { fill_all(); });
            return;
        }
        std::unique_lock lock(mutex_);
        free_.push_back(std::move(present_));
        changed_.notify_all();
        changed_.wait(lock, [this] { return !filled_.empty() || failure_; });
        if (filled_.empty()) std::rethrow_exception(failure_);
        present_ = std::move(filled_.front());
        filled_.pop_front();
    }

    void fill_all() {
        try {
            for (std::size_t made = 1;;) {
                Block block;
                if (made < k_most_blocks) {
                    ++made;
                } else {
                    std::unique_lock lock(mutex_);
                    changed_.wait(lock, [this] { return !free_.empty() || is_abandoned_; });
                    if (is_abandoned_) return;
                    block = std::move(free_.back());
                    free_.pop_back();
                }
                fill(block);
                const bool is_last = block.is_last();
                const std::lock_guard lock(mutex_);
                filled_.push_back(std::move(block));
                changed_.notify_all();
                if (is_last || is_abandoned_) return;
            }
        } catch (...) {
            const std::lock_guard lock(mutex_);
            failure_ = std::current_exception();
            changed_.notify_all();
        }
    }

    std::unique_ptr<ByteSource> inner_;
    bool is_started_ = false;
    Block present_;
    std::size_t taken_ = 0;  // of it

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Block> filled_, free_;
    bool is_abandoned_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace

std::unique_ptr<ByteSource> read_ahead(std::unique_ptr<ByteSource> inner) {
    if (std::thread::hardware_concurrency() < 2) return inner;
    return std::make_unique<ReadAhead>(std::move(inner));
}

}  // namespace smtpaudit
