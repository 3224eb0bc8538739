// The limit on auditLogs: 5 requests in 10 seconds for an app and tenant; refused requests count,
// and one that comes before the announced time makes the pause longer (facts/graph.md 1.7, 6).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

namespace smtpaudit::fake {

struct ThrottleOptions {
    bool enabled = true;
    double requests = 5;  // the bucket's size; it fills at requests / window
    std::chrono::milliseconds window{10000};
    bool refusals_count = true;  // a refused request takes from the bucket too
    double deepest_debt = 15;  // how far below empty refusals can drive it
    // A retry this little before the announced time is not early (two clocks never agree).
    std::chrono::milliseconds grace{100};
};

class Throttle {
public:
    explicit Throttle(ThrottleOptions options) : options_(options) {}

    // Counts one request at `now` (service time). Empty: let through; else the Retry-After to send.
    std::optional<std::chrono::seconds> take(const std::string& key, std::chrono::milliseconds now);

private:
    struct Bucket {
        double tokens = 0;
        std::chrono::milliseconds filled{0};
        std::chrono::milliseconds not_before{0};
        bool known = false;
    };
    ThrottleOptions options_;
    std::mutex mutex_;
    std::map<std::string, Bucket> buckets_;
};

}  // namespace smtpaudit::fake
